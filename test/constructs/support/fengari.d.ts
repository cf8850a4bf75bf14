/** The part of fengari (a Lua 5.3 machine in JavaScript, without types of its own) that lua.ts uses. */
declare module 'fengari' {
  interface State {
    readonly opaque: unique symbol;
  }
  type Bytes = Uint8Array;
  export function to_luastring(text: string): Bytes;
  export const lauxlib: {
    luaL_newstate(): State;
    luaL_dostring(state: State, script: Bytes): boolean;
  };
  export const lualib: { luaL_openlibs(state: State): void };
  export const lua: {
    lua_setglobal(state: State, name: Bytes): void;
    lua_istable(state: State, index: number): boolean;
    lua_next(state: State, index: number): number;
    lua_newtable(state: State): void;
    lua_pop(state: State, count: number): void;
    lua_pushboolean(state: State, value: boolean): void;
    lua_pushnil(state: State): void;
    lua_pushnumber(state: State, value: number): void;
    lua_pushstring(state: State, value: Bytes): void;
    lua_settable(state: State, index: number): void;
    lua_tojsstring(state: State, index: number): string;
  };
}

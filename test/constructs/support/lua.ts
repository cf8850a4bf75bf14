import { to_luastring as bytes, lauxlib, lua, lualib } from 'fengari';

type State = ReturnType<typeof lauxlib.luaL_newstate>;

/**
 * Runs a script as Argo CD's controller does: global `obj` is the object, the answer is the returned table of strings.
 * @throws Error with Lua's own message
 */
export function runHealthScript(script: string, obj: unknown): Record<string, string> {
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  push(state, obj);
  lua.lua_setglobal(state, bytes('obj'));
  if (lauxlib.luaL_dostring(state, bytes(script))) throw new Error(lua.lua_tojsstring(state, -1));
  if (!lua.lua_istable(state, -1)) throw new Error('the script returns no table');
  return table(state);
}

function table(state: State): Record<string, string> {
  const entries: [string, string][] = [];
  lua.lua_pushnil(state);
  while (lua.lua_next(state, -2) !== 0) {
    entries.push([lua.lua_tojsstring(state, -2), lua.lua_tojsstring(state, -1)]);
    lua.lua_pop(state, 1);
  }
  return Object.fromEntries(entries);
}

/** Lists become tables from 1, objects tables by name; numbers and strings stay what they are. */
function push(state: State, value: unknown): void {
  if (typeof value === 'string') lua.lua_pushstring(state, bytes(value));
  else if (typeof value === 'number') lua.lua_pushnumber(state, value);
  else if (typeof value === 'boolean') lua.lua_pushboolean(state, value);
  else if (typeof value === 'object' && value !== null) pushTable(state, value);
  else lua.lua_pushnil(state);
}

function pushTable(state: State, value: object): void {
  lua.lua_newtable(state);
  const list = Array.isArray(value);
  for (const [key, entry] of Object.entries(value)) {
    push(state, list ? Number(key) + 1 : key);
    push(state, entry);
    lua.lua_settable(state, -3);
  }
}

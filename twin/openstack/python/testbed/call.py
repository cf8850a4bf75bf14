"""Runs the console entry point of an installed package: python3 -m testbed.call package.module:function ARGS.

Debian puts those scripts into the daemon packages, which bring unit files and questions that are not wanted here.
"""
import importlib
import sys


def main():
    module, function = sys.argv[1].split(":")
    sys.argv = [module, *sys.argv[2:]]
    return getattr(importlib.import_module(module), function)()


if __name__ == "__main__":
    sys.exit(main())

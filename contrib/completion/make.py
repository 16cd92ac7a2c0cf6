#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Writes the completion of bash or zsh from the program's own tables.

usage: make.py bash|zsh TABLES.json OUTPUT

TABLES.json is what tests/tools/dump_tables prints; the build runs both.
"""

import json
import sys

# Words after a command that are neither targets nor options.
WORDS = {"snds": ["login", "status"], "ack": ["all"]}


def values(option, command, tables):
    """The words an option takes, or None (a file, or anything)."""
    arg = option["arg"] or ""
    if arg == "FORMAT":
        return tables["formats"] if command in ("check", "status") else ["text", "json"]
    if arg.startswith("SOURCE"):
        return tables["sources"]
    return None


def flags(option):
    return (["-" + option["letter"]] if option["letter"] else []) + ["--" + option["name"]]


# ---- bash ------------------------------------------------------------------------------------

BASH = """# SPDX-License-Identifier: ISC
# bash completion of repmon and check_repmon; made from the program's tables.

# What is typed and the word before it; readline makes --option=value three words.
_repmon_current() {
    current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $current = "=" ]]; then
        current=""
    elif [[ $previous = "=" ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
}
_repmon_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
_repmon_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

_repmon() {
    local command="" i current previous
    COMPREPLY=()
    _repmon_current
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -c | --config) [[ ${COMP_WORDS[i + 1]} = "=" ]] && ((i++)); ((i++)) ;;
        -*) ;;
        *) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    case "$command $previous" in
@VALUES@
    esac
    case $command in
    "") _repmon_words "@GLOBAL@ @COMMANDS@" ;;
@OPTIONS@
    esac
}

_check_repmon() {
    local current previous
    COMPREPLY=()
    _repmon_current
    case $previous in
    --config) _repmon_files; return ;;
    @PLUGIN_ARGS@) return ;;
    esac
    _repmon_words "@PLUGIN@"
}

complete -F _repmon repmon
complete -F _check_repmon check_repmon
"""


def bash(tables):
    names = [flag for option in tables["global"] for flag in flags(option)]
    cases, lines = [], []
    for command in tables["commands"]:
        for option in command["options"]:
            if not option["arg"]:
                continue
            pattern = " | ".join(f'"{command["name"]} {flag}"' for flag in flags(option))
            words = values(option, command["name"], tables)
            if words:
                action = f'_repmon_words "{" ".join(words)}"; '
            else:
                action = "_repmon_files; " if option["arg"] == "FILE" else ""
            cases.append(f"    {pattern}) {action}return ;;")
    cases.append('    *" -c" | *" --config") _repmon_files; return ;;')
    for command in tables["commands"]:
        own = [flag for option in command["options"] for flag in flags(option)]
        words = " ".join(own + names + WORDS.get(command["name"], []))
        lines.append(f'    {command["name"]}) _repmon_words "{words}" ;;')
    plugin = [flag for option in tables["plugin"] for flag in flags(option)]
    plugin_args = [flag for option in tables["plugin"]
                   if option["arg"] and option["name"] != "config" for flag in flags(option)]
    return (BASH.replace("@VALUES@", "\n".join(cases)).replace("@OPTIONS@", "\n".join(lines))
            .replace("@GLOBAL@", " ".join(names))
            .replace("@COMMANDS@", " ".join(c["name"] for c in tables["commands"]))
            .replace("@PLUGIN_ARGS@", " | ".join(plugin_args))
            .replace("@PLUGIN@", " ".join(plugin)))


# ---- zsh -------------------------------------------------------------------------------------

ZSH = """#compdef repmon check_repmon
# SPDX-License-Identifier: ISC
# zsh completion of repmon and check_repmon; made from the program's tables.

_repmon_commands() {
    local -a commands=(
@COMMANDS@
    )
    _describe -t commands 'repmon command' commands
}

_check_repmon() {
    _arguments -s \\
@PLUGIN@
}

_repmon() {
    local context state state_descr line curcontext=$curcontext
    typeset -A opt_args
    [[ $service = check_repmon ]] && { _check_repmon; return }
    local -a global=(
@GLOBAL@
    )
    _arguments -C -s $global '1: :_repmon_commands' '*:: :->words' && return
    [[ $state = words ]] || return 1
    case $line[1] in
@OPTIONS@
    esac
}

_repmon "$@"
"""


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh_option(option, command, tables):
    text = "".join("\\" + c if c in "[]:\\" else c for c in option["help"])
    names = flags(option)
    value = ""
    if option["arg"]:
        words = values(option, command, tables)
        action = f"({' '.join(words)})" if words else "_files" if option["arg"] == "FILE" else " "
        value = f":{option['arg'].split('[')[0].lower()}:{action}"
    repeat = "*" if option["name"] in ("list", "verbose") else ""
    both = "(" + " ".join(names) + ")" if len(names) > 1 and not repeat else ""
    return [quoted(f"{repeat or both}{name}{'=' if option['arg'] and name[1] == '-' else ''}"
                   f"[{text}]{value}")
            for name in names]


def zsh(tables):
    def options(rows, command):
        return [line for row in rows for line in zsh_option(row, command, tables)]

    commands = [f"        {quoted(c['name'] + ':' + c['summary'].replace(':', chr(92) + ':'))}"
                for c in tables["commands"]]
    cases = []
    for command in tables["commands"]:
        name = command["name"]
        words = WORDS.get(name)
        rest = quoted(f"*:word:({' '.join(words)})") if words else "'*:target:_hosts'"
        if not command["arguments"]:
            rest = ""
        own = " ".join(options(command["options"], name))
        cases.append(f"    {name}) _arguments -s {own} $global {rest} ;;")
    return (ZSH.replace("@COMMANDS@", "\n".join(commands))
            .replace("@GLOBAL@", "\n".join("        " + o for o in options(tables["global"], "")))
            .replace("@PLUGIN@", " \\\n".join("        " + o
                                             for o in options(tables["plugin"], "")))
            .replace("@OPTIONS@", "\n".join(cases)))


def main():
    kind, source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as f:
        tables = json.load(f)
    with open(target, "w", encoding="utf-8") as f:
        f.write({"bash": bash, "zsh": zsh}[kind](tables))


if __name__ == "__main__":
    main()

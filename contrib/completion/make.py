#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Writes the completion of bash, zsh or fish from the program's own tables.

usage: make.py bash|zsh|fish TABLES.json OUTPUT

TABLES.json is what tests/tools/dump_tables prints; the build runs both. What only the
configuration knows (targets, lists, accounts, spools) the shell asks `repmon __complete` for.
"""

import json
import sys

# Words after a command that are neither targets nor options, and the kinds that it takes.
WORDS = {"ack": ["all"]}
KINDS = {"check": ["targets"], "status": ["targets"], "history": ["targets"],
         "ack": ["targets", "lists"], "login": ["accounts"], "intake": ["spools"]}
OPTION_KINDS = {"ZONE": "zones", "LIST": "lists", "ADDRESS": "targets"}


def values(option, command, tables):
    """The words an option takes, or None (a file, or anything)."""
    arg = option["arg"] or ""
    if arg == "FORMAT":
        return tables["formats"] if command in ("check", "status") else ["text", "json"]
    if arg.startswith("SOURCE"):
        return tables["sources"]
    return None


def kind_of(option):
    """What to ask `repmon __complete` for as an option's argument; None: nothing."""
    return OPTION_KINDS.get(option["arg"] or "")


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
# Adds what the configuration knows of each kind. Readline cuts a word at each colon, and an IPv6
# address is one word: compare all of it, offer what follows its last colon.
_repmon_known() {
    local kind word=$current line=${COMP_LINE:0:COMP_POINT} cut reply
    [[ -n $line ]] && word=${line##*[ =]}
    cut=${word%"$current"}
    for kind; do
        while read -r reply; do
            [[ $reply = "$word"* ]] && COMPREPLY+=("${reply#"$cut"}")
        done < <("${COMP_WORDS[0]}" ${config:+-c "$config"} -q __complete "$kind" 2>/dev/null)
    done
}
_repmon_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

_repmon() {
    local command="" config="" i current previous
    COMPREPLY=()
    _repmon_current
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -c | --config)
            [[ ${COMP_WORDS[i + 1]} = "=" ]] && ((i++))
            config=${COMP_WORDS[++i]}
            ;;
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

_check_repmon_targets() {
    local COMP_WORDS=(repmon)
    _repmon_known targets
}

_check_repmon() {
    local config="" current previous
    COMPREPLY=()
    _repmon_current
    case $previous in
    --config) _repmon_files; return ;;
    -H | --hostname) _check_repmon_targets; return ;;
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
            elif kind_of(option):
                action = f"_repmon_known {kind_of(option)}; "
            else:
                action = "_repmon_files; " if option["arg"] == "FILE" else ""
            cases.append(f"    {pattern}) {action}return ;;")
    cases.append('    *" -c" | *" --config") _repmon_files; return ;;')
    for command in tables["commands"]:
        own = [flag for option in command["options"] for flag in flags(option)]
        words = " ".join(own + names + WORDS.get(command["name"], []))
        known = " ".join(KINDS.get(command["name"], []))
        known = f"; [[ $current = -* ]] || _repmon_known {known}" if known else ""
        lines.append(f'    {command["name"]}) _repmon_words "{words}"{known} ;;')
    plugin = [flag for option in tables["plugin"] for flag in flags(option)]
    plugin_args = [flag for option in tables["plugin"]
                   if option["arg"] and option["name"] not in ("config", "hostname")
                   for flag in flags(option)]
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

# What the configuration knows of each kind.
_repmon_known() {
    local kind
    local -a found
    for kind; do
        found+=(${(f)"$(repmon ${config:+-c} $config -q __complete $kind 2>/dev/null)"})
    done
    compadd -a found
}

_check_repmon() {
    local config=""
    _arguments -s \\
@PLUGIN@
}

_repmon() {
    local context state state_descr line curcontext=$curcontext config=""
    typeset -A opt_args
    [[ $service = check_repmon ]] && { _check_repmon; return }
    local -a global=(
@GLOBAL@
    )
    _arguments -C -s $global '1: :_repmon_commands' '*:: :->words' && return
    [[ $state = words ]] || return 1
    config=${(Q)opt_args[-c]:-${(Q)opt_args[--config]}}
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
        if kind_of(option):
            action = "{_repmon_known " + kind_of(option) + "}"
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
        known = "_repmon_known " + " ".join(KINDS.get(name, []))
        words = "compadd " + " ".join(WORDS[name]) + "; " if name in WORDS else ""
        rest = quoted("*:word:{" + words + known + "}") if name in KINDS else ""
        own = " ".join(options(command["options"], name))
        cases.append(f"    {name}) _arguments -s {own} $global {rest} ;;")
    return (ZSH.replace("@COMMANDS@", "\n".join(commands))
            .replace("@GLOBAL@", "\n".join("        " + o for o in options(tables["global"], "")))
            .replace("@PLUGIN@", " \\\n".join("        " + o
                                             for o in options(tables["plugin"], "")))
            .replace("@OPTIONS@", "\n".join(cases)))


# ---- fish ------------------------------------------------------------------------------------

FISH = """# SPDX-License-Identifier: ISC
# fish completion of repmon and check_repmon; made from the program's tables.

function __repmon_known
    set -l words (commandline -opc)
    set -l config
    for i in (seq (count $words))
        if contains -- $words[$i] -c --config; and test $i -lt (count $words)
            set config -c $words[(math $i + 1)]
        end
    end
    for kind in $argv
        repmon $config -q __complete $kind 2>/dev/null
    end
end

complete -c repmon -f
complete -c check_repmon -f
"""


def fish_option(program, option, command, tables):
    line = [f"complete -c {program}"]
    if command:
        line.append(f"-n '__fish_seen_subcommand_from {command}'")
    line += [f"-s {option['letter']}"] if option["letter"] else []
    line.append(f"-l {option['name']} -d {quoted(option['help'])}")
    words = values(option, command, tables)
    if option["arg"] == "FILE":
        line.append("-r -F")
    elif words:
        line.append(f"-x -a {quoted(' '.join(words))}")
    elif kind_of(option):
        line.append(f"-x -a '(__repmon_known {kind_of(option)})'")
    elif option["arg"]:
        line.append("-x")
    return " ".join(line)


def fish(tables):
    names = " ".join(c["name"] for c in tables["commands"])
    lines = [fish_option("repmon", o, "", tables) for o in tables["global"]]
    for command in tables["commands"]:
        name = command["name"]
        lines.append(f"complete -c repmon -n 'not __fish_seen_subcommand_from {names}' -a {name} "
                     f"-d {quoted(command['summary'])}")
        words = " ".join(WORDS.get(name, []))
        known = f"(__repmon_known {' '.join(KINDS[name])})" if name in KINDS else ""
        if known or words:
            lines.append(f"complete -c repmon -n '__fish_seen_subcommand_from {name}' "
                         f"-a {quoted((words + ' ' + known).strip())}")
        lines += [fish_option("repmon", o, name, tables) for o in command["options"]]
    lines += [fish_option("check_repmon", o, "", tables) for o in tables["plugin"]]
    return FISH + "\n" + "\n".join(lines) + "\n"


def main():
    kind, source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as f:
        tables = json.load(f)
    with open(target, "w", encoding="utf-8") as f:
        f.write({"bash": bash, "zsh": zsh, "fish": fish}[kind](tables))


if __name__ == "__main__":
    main()

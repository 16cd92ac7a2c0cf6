#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Do manuals, help and completion agree with the tables in the code?

usage: check_manuals.py TOP BUILD     TOP: the source tree, BUILD: the build folder

Every command, option, key, cause, kind of change and metric must be in its manual, and nothing
else may. To show that it notices, it breaks each manual in small ways and wants to see that said.
"""

import glob
import json
import os
import re
import subprocess
import sys

OPTION = re.compile(r"^(?:\*-(?P<letter>\w)\*, )?\*--(?P<name>[a-z-]+)\*(?P<arg>.*)$")


def plain(text):
    return re.sub(r"[_*]", "", text).strip()


def options_in(lines):
    """Options of a part of a manual as {(letter, name, argument)}."""
    found = set()
    for line in lines:
        match = OPTION.match(line)
        if match:
            found.add((match["letter"] or "", match["name"], plain(match["arg"])))
    return found


def options_of(rows):
    return {(row["letter"], row["name"], row["arg"] or "") for row in rows}


def sections(text, mark):
    """{heading: lines} of headings that begin with `mark`, up to the next heading of any kind."""
    out, current = {}, None
    # man(7) takes quotes of a heading away unless what is before them is no blank that parts words.
    for line in text.replace("\u00a0", " ").splitlines():
        if line.startswith(mark + " "):
            current = out.setdefault(line[len(mark) + 1:], [])
        elif line.startswith("#"):
            current = None
        elif current is not None:
            current.append(line)
    return out


def differ(what, told, known):
    """Sentences about what stands in the manual only, or in the code only."""
    show = lambda item: " ".join(x for x in item if x) if isinstance(item, tuple) else item
    return ([f"{what}: {show(i)} is in the code and not in the manual" for i in known - told] +
            [f"{what}: {show(i)} is in the manual and not in the code" for i in told - known])


def terms(lines):
    """Words that a definition defines: *listed*, or several with commas."""
    found = set()
    for line in lines:
        if re.fullmatch(r"\*[\w.-]+\*(, \*[\w.-]+\*)*", line):
            found |= set(re.findall(r"\*([\w.-]+)\*", line))
    return found


def keys_of(value):
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def repmon_1(text, tables, metrics):
    errors = []
    commands = {c["name"]: c for c in tables["commands"]}
    told = sections(text, "##")
    errors += differ("repmon(1) commands", set(told), set(commands))
    for name in sorted(told):
        if name in commands:
            errors += differ(f"repmon(1) {name}", options_in(told[name]),
                             options_of(commands[name]["options"]))
    errors += differ("repmon(1)", options_in(sections(text, "#")["GLOBAL OPTIONS"]),
                     options_of(tables["global"]))
    json_part = "\n".join(sections(text, "#")["JSON"])
    told_keys = set(re.findall(r'"(\w+)":|\b_(\w+)_\b', json_part))
    errors += [f"repmon(1) JSON: the key {key} is in the code and not in the manual"
               for key in sorted(tables["json"] - {word for pair in told_keys for word in pair})]
    errors += differ("repmon(1) environment", terms(sections(text, "#")["ENVIRONMENT"]),
                     tables["environment"])
    told_metrics = set(re.findall(r"\*(repmon_[a-z_]+)\*", text))
    return errors + differ("repmon(1) metrics", told_metrics, metrics)


def plugin_8(text, tables):
    return differ("check_repmon(8)", options_in(sections(text, "#")["OPTIONS"]),
                  options_of(tables["plugin"]))


def conf_5(text, tables):
    errors = []
    known = {}
    for row in tables["keys"]:
        known.setdefault(f"[{row['section']}]", {})[row["key"]] = row
    told = sections(text, "##")
    errors += differ("repmon.conf(5)", set(told), set(known))
    for name in set(told) & set(known):
        errors += differ(f"repmon.conf(5) {name}", terms(told[name]), set(known[name]))
        text_of, key = {}, None
        for line in told[name]:
            match = re.fullmatch(r"\*([a-z0-9_]+)\*", line)
            key = match[1] if match else key
            text_of[key] = text_of.get(key, "") + " " + line.strip()
        for key, row in known[name].items():
            words = text_of.get(key, "").replace("\\", "")
            if row["default"] and f"Default: {row['default']}." not in words:
                errors.append(f"repmon.conf(5) {name} {key}: the default is {row['default']}")
            if row["repeatable"] != ("Repeatable." in words):
                errors.append(f"repmon.conf(5) {name} {key}: repeatable or not?")
    return errors


def alerts_7(text, tables):
    parts = sections(text, "#")
    told = {word for pair in re.findall(r'"(\w+)":|\b_(\w+)_\b', "\n".join(parts["WEBHOOK"]))
            for word in pair}
    untold = sorted(tables["webhook"] - told)
    return ([f"repmon-alerts(7) WEBHOOK: the key {key} is in the code only" for key in untold] +
            differ("repmon-alerts(7) changes", terms(parts["CHANGES"]), set(tables["changes"])) +
            differ("repmon-alerts(7) causes", terms(parts["CAUSES"]), set(tables["causes"])))


def environment(top):
    """Variables that the code reads, and those that libcurl does: of a proxy, unless that is off."""
    known = {"https_proxy", "all_proxy", "no_proxy"}
    for folder in ("src", "cmd"):
        for path in glob.glob(os.path.join(top, folder, "**", "*.c"), recursive=True):
            known |= set(re.findall(r'getenv\("(\w+)"\)', read(path)))
    return {name for name in known if not name.startswith("REPMON_CRASH")}


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


def manuals(texts, tables, metrics):
    return (repmon_1(texts["repmon.1"], tables, metrics) +
            plugin_8(texts["check_repmon.8"], tables) +
            conf_5(texts["repmon.conf.5"], tables) + alerts_7(texts["repmon-alerts.7"], tables))


# ---- help and completion -----------------------------------------------------------------------


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, timeout=30, check=False,
                          stdin=subprocess.DEVNULL).stdout


def flags(rows):
    return {flag for row in rows for flag in
            (["-" + row["letter"]] if row["letter"] else []) + ["--" + row["name"]]}


def help_errors(tables, repmon, plugin):
    errors = []
    text = run(repmon, "--help")
    errors += [f"repmon --help: no line of {c['name']}" for c in tables["commands"]
               if not re.search(rf"^  {c['name']} ", text, re.M)]
    pages = [(run(repmon, c["name"], "--help"), c["options"] + tables["global"], c["name"])
             for c in tables["commands"]] + [(run(plugin, "--help"), tables["plugin"], "plugin")]
    for text, rows, name in pages:
        options = re.split(r"^(?:Global o|O)ptions:", text, maxsplit=1, flags=re.M)[-1]
        shown = set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*(?=[ ,\n])", options))
        errors += [f"{name} --help: {flag} is missing" for flag in flags(rows) - shown]
    return errors


def bash_words(script, function, *words):
    code = ('source "$1"; shift; function=$1; shift; COMP_WORDS=("$@"); '
            'COMP_CWORD=$(($# - 1)); $function; printf "%s\\n" "${COMPREPLY[@]}"')
    return set(run("bash", "-c", code, "-", script, function, *words).split())


def completion_errors(tables, folder):
    errors = []
    script = os.path.join(folder, "repmon")
    ask = lambda *words: bash_words(script, "_repmon", *words)
    names = {c["name"] for c in tables["commands"]}
    errors += differ("bash completion of commands", {w for w in ask("repmon", "") if w[0] != "-"},
                     names)
    zsh = read(folder, "_repmon")
    for command in tables["commands"]:
        name = command["name"]
        told = {w for w in ask("repmon", "-v", name, "") if w[0] == "-"}
        errors += differ(f"bash completion of {name}", told,
                         flags(command["options"] + tables["global"]))
        line = re.search(rf"^    {name}\) .*$", zsh, re.M)
        told = set(re.findall(r"['*)](--?[a-zA-Z][a-z-]*)=?\[", line[0] if line else ""))
        errors += differ(f"zsh completion of {name}", told, flags(command["options"]))
    if ask("repmon", "check", "--format", "") != set(tables["formats"]):
        errors.append("bash completion of check --format")
    if ask("repmon", "--config", "=", "x", "check", "--format", "=", "j") != {"json"}:
        errors.append("bash completion of check --format=j, which readline makes three words")
    told = bash_words(script, "_check_repmon", "check_repmon", "-")
    return errors + differ("bash completion of check_repmon", told, flags(tables["plugin"]))


def self_check(texts, tables, metrics):
    """Each of these mistakes in a manual must be noticed."""
    mistakes = [
        ("repmon.1", "*-a*, *--all*\n\tQuery", "\tAsk"),
        ("repmon.1", "*-n*, *--dry-run*", "*-N*, *--dry-run*"),
        ("repmon.1", "*--list* _ZONE_", "*--list* _NAME_"),
        ("repmon.1", "## check\n", "## chek\n"),
        ("repmon.1", '"reason":', '"raison":'),
        ("repmon.1", "*repmon_findings*", "*repmon_finding*"),
        ("repmon.1", "*https_proxy*, *all_proxy*", "*http_proxy*, *all_proxy*"),
        ("repmon.conf.5", "Default: 26h.", "Default: 24h."),
        ("repmon.conf.5", "*ca_file*", "*cafile*"),
        ("repmon.conf.5", "## [ping]", "## [pong]"),
        ("repmon.conf.5", "Recipient. Repeatable.", "Recipient."),
        ("check_repmon.8", "*--timeout*", "*--time*"),
        ("repmon-alerts.7", "*lapsed*", "*relapsed*"),
        ("repmon-alerts.7", "*bad-format*", "*bad_format*"),
        ("repmon-alerts.7", '"codes_from":', '"from_codes":'),
    ]
    errors = []
    for page, good, bad in mistakes:
        if good not in texts[page]:
            errors.append(f"self check: {page} does not contain {good!r}")
        elif not manuals({**texts, page: texts[page].replace(good, bad)}, tables, metrics):
            errors.append(f"self check: nobody noticed {bad!r} in {page}")
    return errors


def main():
    top, build = sys.argv[-2:]
    tables = json.loads(read(build, "tests", "tables.json"))
    tables["json"] = keys_of([json.loads(read(path)) for path in
                              glob.glob(os.path.join(top, "tests", "data", "render", "*.json"))])
    webhook = read(top, "src", "alert", "message_json.c").partition("bool message_to_json")[0]
    tables["environment"] = environment(top)
    tables["webhook"] = set(re.findall(r'\(w, "(\w+)"', webhook))
    metrics = set(re.findall(r"^# TYPE (\w+)",
                             read(top, "tests", "data", "render", "run.prometheus"), re.M))
    texts = {page: read(top, "doc", page + ".scd")
             for page in ("repmon.1", "repmon.conf.5", "check_repmon.8", "repmon-alerts.7")}
    errors = manuals(texts, tables, metrics)
    if not errors:
        errors += self_check(texts, tables, metrics)
    errors += help_errors(tables, os.path.join(build, "cmd", "repmon"),
                          os.path.join(build, "cmd", "check_repmon"))
    errors += completion_errors(tables, os.path.join(build, "contrib", "completion"))
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Writes a file as a C byte array: embed.py INPUT OUTPUT NAME."""
import sys

source, target, name = sys.argv[1:]
with open(source, "rb") as f:
    data = f.read()
with open(target, "w") as f:
    f.write(f'#include "repmon/data.h"\nconst unsigned char {name}[] = {{\n')
    for i in range(0, len(data), 20):
        f.write("".join(f"{b}," for b in data[i:i + 20]) + "\n")
    f.write(f"0}};\nconst size_t {name}_len = {len(data)};\n")

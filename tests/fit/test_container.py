# SPDX-License-Identifier: ISC
"""The container image: made from Debian packages, run as its user on a read-only root; and the
examples for Kubernetes, as far as that can be seen without one."""

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml
from conftest import BAD, TOP, need, sh

FOLDER = os.path.join(TOP, "contrib", "container")
USER = 10001


@pytest.fixture(scope="module")
def image(deb, tmp_path_factory):
    """The folder that contrib/container/build fills."""
    need("mmdebstrap", "umoci")
    if os.getuid() != 0:
        pytest.skip("needs root")
    folder = tmp_path_factory.mktemp("image")
    sh(os.path.join(FOLDER, "build"), "-p", deb, folder)
    return folder


@pytest.fixture
def root(image, tmp_path):
    """The root file system, unpacked as a runtime would."""
    tmp_path.chmod(0o755)
    root = tmp_path / "root"
    root.mkdir()
    sh("tar", "-C", root, "-xf", image / "rootfs.tar")
    yield root
    shutil.rmtree(root, ignore_errors=True)


def blob(image, digest):
    return json.loads((image / "oci" / "blobs" / digest.replace(":", "/")).read_text())


def test_the_image_says_how_it_is_run(image):
    index = json.loads((image / "oci" / "index.json").read_text())
    (entry,) = index["manifests"]
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == "repmon"
    manifest = blob(image, entry["digest"])
    assert len(manifest["layers"]) == 1
    config = blob(image, manifest["config"]["digest"])
    assert config["os"] == "linux" and config["architecture"]
    run = config["config"]
    assert run["User"] == f"{USER}:{USER}"
    assert run["Entrypoint"] == ["/usr/bin/repmon"] and run["Cmd"] == ["run"]
    assert list(run["Volumes"]) == ["/var/lib/repmon"]


def test_nothing_in_it_says_where_it_was_made(root):
    assert not list((root / "etc/apt/sources.list.d").glob("*"))
    assert not (root / "etc/apt/sources.list").exists()
    assert not (root / "etc/apt/apt.conf.d/99mmdebstrap").exists()
    assert not (root / "etc/cron.d/repmon").exists()
    assert {p.name for p in (root / "var/lib/apt/lists").rglob("*") if p.is_file()} <= {"lock"}


def test_it_runs_as_its_user_on_a_read_only_root(station, root):
    """A run writes to the volume of the state and nowhere else."""
    zone = station.zone()
    zone.listed[BAD] = "127.0.0.2"
    station.configure(targets=f"ip = {BAD}", channels="")
    conf = station.conf.read_text().replace("state = state/state.db\n", "")
    (root / "etc/repmon/repmon.conf").write_text(conf)
    os.chown(root / "etc/repmon/repmon.conf", 0, USER)
    (root / "etc/repmon/repmon.conf").chmod(0o640)
    state = root / "var/lib/repmon"
    assert state.stat().st_uid == USER and not list(state.iterdir())
    mounts = ("set -e; mount --bind {r} {r}; mount --bind {r}/var/lib/repmon {r}/var/lib/repmon; "
              "mount -o remount,bind,ro {r}; ").format(r=root)
    if subprocess.run(["unshare", "-m", "sh", "-c", mounts], check=False,
                      capture_output=True).returncode != 0:
        mounts = ""  # no mounts here: the root stays writable for root, not for this user

    def inside(*argv):
        return sh("unshare", "-m", "sh", "-c", f"{mounts}exec chroot --userspec={USER}:{USER} {root} "
                  + " ".join(argv), env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}, code=None)

    inside("/usr/bin/repmon", "run")
    assert (state / "state.db").exists()
    report = json.loads(inside("/usr/bin/repmon", "status", "--format", "json"))
    assert report["targets"][0]["level"] == "critical"
    for place in ("/etc/repmon/x", "/x", "/usr/x"):
        inside("/bin/sh", "-c", f"'echo x >{place}'")
        assert not os.path.exists(f"{root}{place}")
    assert "wget" in inside("/bin/busybox", "--list")


# ---- the examples ----

def documents(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as f:
        return list(yaml.safe_load_all(f))


EXAMPLES = ["cronjob.yaml", "indexed-job.yaml"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs_without_any_right(name):
    (job,) = [d for d in documents(name) if d["kind"] == "CronJob"]
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    spec = job["spec"]["jobTemplate"]["spec"]
    pod = spec["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == USER
    (container,) = pod["containers"]
    assert container["securityContext"] == {"readOnlyRootFilesystem": True,
                                            "allowPrivilegeEscalation": False,
                                            "capabilities": {"drop": ["ALL"]}}
    assert "/" not in container["image"]  # nobody's registry
    volumes = {v["name"]: v for v in pod["volumes"]}
    names = {d["metadata"]["name"] for d in documents(name)}
    for mount in container["volumeMounts"]:
        volume = volumes.pop(mount["name"])
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        configured = volume.get("configMap", {}).get("name")
        assert claim in names or configured in names or "emptyDir" in volume
        if configured:  # readable by the group only: repmon refuses a secret that others can read
            assert mount["readOnly"] and volume["configMap"]["defaultMode"] == 0o440
    assert not volumes


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_configuration_of_an_example_holds(repmon, tmp_path, name):
    maps = {k: v for d in documents(name) if d["kind"] == "ConfigMap" for k, v in d["data"].items()}
    conf = maps["repmon.conf"].replace("/etc/repmon/targets/", f"{tmp_path}/")
    assert conf.count("192.0.2.53") == 1
    (tmp_path / "repmon.conf").write_text(conf)
    if "targets.txt" in maps:
        (tmp_path / "targets.txt").write_text(maps["targets.txt"])
    ran = repmon("targets", "--format", "json", conf=tmp_path / "repmon.conf",
                 env={"JOB_COMPLETION_INDEX": "3"})
    assert ran.code == 0, ran.err
    report = ran.json()
    if name == "indexed-job.yaml":
        (job,) = [d for d in documents(name) if d["kind"] == "CronJob"]
        spec = job["spec"]["jobTemplate"]["spec"]
        assert spec["completionMode"] == "Indexed"
        assert report["shard"] == {"number": 4, "count": spec["completions"], "targets": 512}
        assert re.search(rf"share = 1/{spec['completions']} ", conf)
        assert report["instance"] == "shard-4"


def test_the_command_of_a_pod_pushes_metrics_and_keeps_the_exit_code(tmp_path):
    (job,) = [d for d in documents("indexed-job.yaml") if d["kind"] == "CronJob"]
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    made = {"repmon": '#!/bin/sh\n[ "$1" = run ] && exit 69\necho metrics of "$@"\n',
            "busybox": '#!/bin/sh\necho "$@" >>pushed\n'}
    for name, text in made.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    script = container["args"][0].replace("/tmp/metrics", f"{tmp_path}/metrics")
    done = subprocess.run([*container["command"], script], cwd=tmp_path, check=False, env={
        "PATH": f"{tmp_path}:/usr/bin:/bin", "PUSHGATEWAY": "http://push:9091",
        "JOB_COMPLETION_INDEX": "3"})
    assert done.returncode == 69
    assert (tmp_path / "metrics").read_text() == "metrics of status --format prometheus\n"
    pushed = (tmp_path / "pushed").read_text().split()
    assert pushed[-1] == "http://push:9091/metrics/job/repmon/instance/shard-4"

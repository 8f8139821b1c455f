from __future__ import annotations

import datetime
import json
import platform
import subprocess

import numpy as np
import tensorflow as tf

from tfcnn.runs import environment
from tfcnn.runs.environment import describe_environment


def test_what_is_described(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    described = json.loads(json.dumps(describe_environment()))
    after = datetime.datetime.now(datetime.timezone.utc)
    assert described["python"] == platform.python_version()
    assert described["packages"]["tensorflow"] == tf.__version__
    assert described["packages"]["numpy"] == np.__version__
    assert described["tensorflow_switches"]["TF_ENABLE_ONEDNN_OPTS"] == "1"
    assert described["cores"] >= 1
    assert described["processor"]
    assert before <= datetime.datetime.fromisoformat(described["time"]) <= after


def test_no_secret_of_another_program_is_written(monkeypatch):
    monkeypatch.setenv("TF_VAR_password", "hunter2")  # Terraform's prefix is TF_, too.
    assert "hunter2" not in json.dumps(describe_environment())


def test_git_commit_and_whether_the_tree_was_changed(monkeypatch, tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        command = ["git", *identity, "-C", str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    source = tmp_path / "environment.py"
    monkeypatch.setattr(environment, "__file__", str(source))
    assert describe_environment()["git"] is None
    source.write_text("")
    git("init")
    git("commit", "--allow-empty", "-m", "of a project in whose folder this one is installed")
    assert describe_environment()["git"] is None
    git("add", ".")
    git("commit", "-m", "first")
    commit = git("rev-parse", "HEAD").strip()
    assert describe_environment()["git"] == {"commit": commit, "dirty": False}
    source.write_text("changed")
    assert describe_environment()["git"] == {"commit": commit, "dirty": True}


def test_a_machine_without_git(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert describe_environment()["git"] is None


def test_a_package_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(environment, "PACKAGES", ("no-such-package",))
    assert describe_environment()["packages"] == {"no-such-package": None}

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --print-sandbox of every program: the text and the JSON say the same, and both are what the kernel has of a helper that runs:
# its status, and its filter, asked for every system call there is.
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import seccomp_filter
import ui_gtk
from screen import Screen
from transport_driver import BUILD, ROOT, SANITIZED, Tap, Transport, wait_for

BIN = BUILD + "/bin"
LOCKS = [("p2v-inspect", []), ("p2v-inspect", ["--contents"]), ("p2v-plan", []), ("p2v-export", []), ("p2v-transport", []),
         ("p2v-fetch", []), ("p2v-ui", []), ("p2v-ui", ["--front-end=terminal"])]
LOCKS += [("p2v-ui-gtk", [])] * os.path.exists(BIN + "/p2v-ui-gtk")
SETS = {"effective": "CapEff", "permitted": "CapPrm", "inheritable": "CapInh", "bounding": "CapBnd", "ambient": "CapAmb"}
with open(ROOT + "/tests/sanitize/sanitize.c") as file:
    SANITIZER_CALLS = set(re.findall(r"SCMP_SYS\((\w+)\)", file.read()))       # what every lock permits as well, with SANITIZE=1
tap = Tap()


def run(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, check=False, text=True)


def printed(program, options, as_json):
    done = run(BIN + "/" + program, "--print-sandbox=json" if as_json else "--print-sandbox", *options)
    return json.loads(done.stdout) if as_json else done.stdout


def section(text, title):
    """The lines of a section of the text, each as its words."""
    found = re.search(r"^%s\n(.*?)^$" % title, text, flags=re.M | re.S)
    return [line.split() for line in found.group(1).splitlines()] if found else []


def words(*values):
    return " ".join(values).split()


def as_text(document):
    """The document's sections as the text should have them."""
    calls = document["system_calls"]
    refused = document["landlock"]
    return {
        "Identity": [["uid"] + document["identity"]["uid"], ["gid"] + document["identity"]["gid"],
                     ["other", "groups"] + (document["identity"]["other_groups"] or ["none"]),
                     ["no", "new", "privs", "yes" if document["identity"]["no_new_privs"] else "NO"],
                     ["seccomp", document["identity"]["seccomp"]]],
        "Capabilities": [[name] + (caps or ["none"]) for name, caps in document["capabilities"].items()],
        "Namespaces": [[name] + (spaces or ["none"]) for name, spaces in document["namespaces"].items()],
        "Resource limits": [words(*row.values()) for row in document["resource_limits"]["limits"]],
        "Files": [words(*row.values()) for row in document["files"]["paths"]],
        "Landlock": [["abi", str(refused["abi"])]] +
                    [words(key.replace("_", " "), ",".join(refused[key]) or "none")
                     for key in ("refused_of_files", "refused_of_tcp", "refused_outside")] +
                    [[rule["path"], ",".join(rule["permitted"])] for rule in refused["rules"]],
        "System calls": [["allowed", str(calls["allowed"])], words("all others", calls["all_others"])] +
                        [words(row["name"], ", ".join(row["limits"]), row["refused"], row["reason"]) for row in calls["rows"]],
        "Enforced by the running kernel": [words(row["layer"], "" if row["enforced"] else "MISSING:", row["detail"])
                                           for row in document["enforced_by_the_running_kernel"]["layers"]],
    }


def test_text_and_json(name, program, options):
    document, text = printed(program, options, True), printed(program, options, False)
    tap.equal(document["program"], program, "%s: JSON, which names the program" % name)
    for title, lines in as_text(document).items():
        tap.equal(section(text, title), lines, "%s: the text and the JSON agree in '%s'" % (name, title))
    rows = document["system_calls"]["rows"]
    allowed = {row["name"] for row in rows if not row["refused"]}
    tap.equal(document["system_calls"]["allowed"], len(allowed), "%s: the number of system calls is that of the list" % name)
    tap.ok(all(row["reason"] for row in rows + document["files"]["paths"]), "%s: everything has its reason" % name)
    return document


def test_status(name, document, pid):
    with open("/proc/%d/status" % pid) as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    identity = document["identity"]
    tap.equal([identity["uid"], identity["gid"]], [status["Uid"].split(), status["Gid"].split()], "%s: uid and gid are the running one's" % name)
    tap.equal(identity["other_groups"], status["Groups"].split(), "%s: and so are its other groups" % name)
    tap.equal([status["NoNewPrivs"], status["Seccomp"]], ["1", "2"], "%s: no_new_privs, and seccomp filters" % name)
    tap.equal([identity["no_new_privs"], identity["seccomp"]], [True, "filter"], "%s: which is what is printed" % name)
    for label, key in SETS.items():
        tap.equal(bin(int(status[key], 16)).count("1"), len(document["capabilities"][label]), "%s: as many capabilities are %s" % (name, label))
    with open("/proc/%d/limits" % pid) as file:
        limits = [words(line[4:]) for line in file if line.startswith("Max ")]
    tap.equal([words(*row.values()) for row in document["resource_limits"]["limits"]], limits, "%s: and the same limits" % name)
    if os.geteuid() == 0:
        own = [space for space in document["namespaces"]["own"] if space != "pid"]         # a runner's, which this test is not
        same = [space for space in own if os.readlink("/proc/%d/ns/%s" % (pid, space)) == os.readlink("/proc/self/ns/%s" % space)]
        tap.equal(same, [], "%s: it has left the namespaces that are printed as its own" % name)
        with open("/proc/%d/mountinfo" % pid) as file:
            mounts = [line.split()[4] for line in file]
        tap.equal([mount["path"] for mount in document["visible_file_systems"]["mounts"]], mounts, "%s: and sees the same mounts" % name)


def arguments_for(limits):
    """Arguments that all these limits hold for."""
    arguments = [0] * 6
    for limit in limits:
        at, relation, wanted = re.fullmatch(r"arg (\d) (?:& \w+ )?(==|[<>]=?) (\w+)", limit).groups()
        arguments[int(at)] |= int(wanted, 0) + {"<": -1, ">": 1}.get(relation, 0)
    return arguments


def test_filter(name, document, pid, threads=False):
    numbers = seccomp_filter.numbers()
    program = seccomp_filter.read_filter(pid)
    wrong, listed = [], set()
    for row in document["system_calls"]["rows"]:
        if row["name"] not in numbers:
            continue                       # not of this architecture
        listed.add(row["name"])
        wanted = seccomp_filter.ALLOW
        if row["refused"]:
            wanted = seccomp_filter.ERRNO | getattr(errno, re.search(r"\b(E\w+):", row["refused"]).group(1))
        got = seccomp_filter.answer(program, numbers[row["name"]], arguments_for(row["limits"]))
        if got != wanted:
            wrong.append((row["name"], row["limits"], hex(got)))
    tap.equal(wrong, [], "%s: the kernel's filter answers each row as it is printed" % name)
    ends = (seccomp_filter.KILL_PROCESS, seccomp_filter.TRAP)
    others = [call for call, number in numbers.items() if call not in listed and seccomp_filter.answer(program, number) not in ends]
    if SANITIZED:
        others = [call for call in others if call not in SANITIZER_CALLS]
    tap.equal(others, [], "%s: and ends the process for all of the other %d calls" % (name, len(numbers) - len(listed)))
    for handler in (signal.SIGSYS, 1 << 32 | signal.SIGSYS) if not threads else ():        # where there are threads all calls kill at once
        tap.ok(seccomp_filter.answer(program, numbers["rt_sigaction"], [handler]) in ends, "%s: nor may it handle SIGSYS (%#x)" % (name, handler))
    tap.equal(seccomp_filter.answer(program, 0, arch=0x40000003), seccomp_filter.KILL_PROCESS, "%s: a call of another architecture kills" % name)


def test_running(name, program, options, document):
    helper = Transport(BIN + "/" + program, options)
    try:
        tap.equal(helper.ready.kind, "ready", "%s: one runs" % name)
        test_status(name, document, helper.process.pid)
        if os.geteuid() == 0:
            test_filter(name, document, helper.process.pid)
    finally:
        helper.process.send_signal(signal.SIGKILL)
        helper.process.wait()


def child(pid, program):
    """The child of pid that runs this program, wherever its root is; None."""
    for found in run("pgrep", "-P", str(pid)).stdout.split():
        try:
            if os.path.basename(os.readlink("/proc/%s/exe" % found)) == program:
                return int(found)
        except FileNotFoundError:          # it has ended since
            continue
    return None


def test_dialogs():
    """The supervisor, and a UI on a terminal."""
    ui = Screen([BIN + "/virt-p2v", "--helper-dir", BIN, "--ui=terminal"])
    try:
        tap.ok(ui.sees("SSH configuration"), "virt-p2v shows its dialogs", ui.text())
        for program, options in (("p2v-supervisor", []), ("p2v-ui", ["--front-end=terminal"])):
            test_filter(" ".join([program] + options), printed(program, options, True), child(ui.process.pid, program))
    finally:
        ui.close()


def test_gtk():
    display = ui_gtk.Display()
    try:
        ui = ui_gtk.Supervised(display)
        test_filter("p2v-ui-gtk", printed("p2v-ui-gtk", [], True), ui.process.pid, threads=True)
        ui.process.kill()
        ui.process.wait()
    finally:
        display.close()


def test_external():
    with tempfile.TemporaryDirectory(prefix="virt-p2v-test.", dir="/var/tmp") as folder:
        with open(folder + "/disk", "wb") as disk:
            disk.truncate(1 << 20)
        export = subprocess.Popen([BIN + "/p2v-export", "--external=qemu-nbd", "--disk", folder + "/disk", "--socket", folder + "/socket"])
        try:
            tap.ok(wait_for(lambda: child(export.pid, "qemu-nbd")), "p2v-export --external has started its server")
            test_filter("p2v-export --external", printed("p2v-export", ["--external=qemu-nbd"], True), export.pid, threads=True)
        finally:
            export.kill()
            export.wait()


def test_all_at_once():
    done = run(BIN + "/virt-p2v", "--helper-dir=" + BIN, "--print-sandbox=json")
    tap.equal(done.returncode, 0, "virt-p2v --print-sandbox=json succeeds")
    documents = json.loads(done.stdout)
    found = [(document["program"], [document["option"]] if document["option"] else []) for document in documents]
    tap.equal([lock for lock in found if lock != ("p2v-export", ["--external"])], [("p2v-supervisor", [])] + LOCKS, "it has every lock")
    tap.equal(documents[0]["capabilities"]["effective"], ["dac_read_search"] if os.geteuid() == 0 else [], "the supervisor keeps one capability")
    tap.equal(sum(0 in document["identity"]["uid"] + document["identity"]["gid"] for document in documents), 0, "nothing that is locked is root, the supervisor neither")
    text = run(BIN + "/virt-p2v", "--helper-dir=" + BIN, "--print-sandbox").stdout
    tap.equal(len(re.findall(r"^System calls$", text, flags=re.M)), len(documents), "the text has as many")
    external = [document for document in documents if document["option"] == "--external"]
    tap.ok(all(document["system_calls"]["allowed"] > 80 for document in external) and external, "external servers' locks are told apart", found)
    done = subprocess.run([BIN + "/virt-p2v", "--helper-dir=/nonexistent", "--print-sandbox"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    tap.ok(done.returncode == 1 and "cannot run /nonexistent/p2v-supervisor" in done.stderr, "a program that is not there is an error", done.stderr)


def test_another_user():
    """Not root cannot empty the bounding set: that is what must be said then."""
    with open("/proc/self/status") as file:
        bounding = int(re.search(r"^CapBnd:\t(\w+)", file.read(), flags=re.M).group(1), 16)
    with tempfile.TemporaryDirectory() as anybodys:
        os.chmod(anybodys, 0o755)
        program = shutil.copy(BIN + "/p2v-plan", anybodys)
        other = {"user": 12347, "group": 12347, "extra_groups": []} if os.geteuid() == 0 else {}
        document = json.loads(subprocess.run([program, "--print-sandbox=json"], stdout=subprocess.PIPE, check=True, **other).stdout)
    sets = {label: len(names) for label, names in document["capabilities"].items()}
    tap.equal(sets, {**dict.fromkeys(SETS, 0), "bounding": bin(bounding).count("1")}, "not root: no capability is had, the bounding set is as it was")
    said = [row["detail"] for row in document["enforced_by_the_running_kernel"]["layers"] if row["layer"] == "capabilities"]
    tap.equal(said, ["none in any set" if bounding == 0 else "none; the bounding set, of which execve() gives nothing, is as it was"], "and so it is said")


for lock_program, lock_options in LOCKS:
    lock = " ".join([lock_program] + lock_options)
    lock_document = test_text_and_json(lock, lock_program, lock_options)
    if lock_options != ["--front-end=terminal"] and lock_program != "p2v-ui-gtk":      # these want a terminal, a display
        test_running(lock, lock_program, lock_options, lock_document)
if os.geteuid() == 0:
    test_dialogs()
    test_external()
    if os.path.exists(BIN + "/p2v-ui-gtk"):
        test_gtk()
test_all_at_once()
test_another_user()
tap.equal(run(BIN + "/p2v-inspect", "--print-sandbox", "--contents").stdout, printed("p2v-inspect", ["--contents"], False), "the options' order does not matter")
tap.equal(run(BIN + "/p2v-ui", "--print-sandbox=xml").returncode, 2, "another format is wrong usage")
tap.done()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manuals and documents against the programs and sources: options, uids, the protocol's tables, the dialogs, the README's figures; that
# mandoc has nothing against the manuals; that no link is dead, in the documents and in the HTML of make docs.
import glob
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from transport_driver import ROOT, Tap

BUILD = os.environ.get("P2V_BUILD", ROOT + "/build")
PAGES = {os.path.basename(path): path for path in glob.glob(ROOT + "/*/*.[178]")}
PROGRAMS = ["virt-p2v", "p2v-supervisor", "p2v-inspect", "p2v-plan", "p2v-export", "p2v-transport", "p2v-fetch", "p2v-ui", "p2v-ui-gtk"]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] + sorted("docs/" + name for name in os.listdir(ROOT + "/docs") if name.endswith(".md"))
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]

tap = Tap()


def read(path):
    with open(path) as file:
        return file.read()


def run(*command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def rendered(page):
    return re.sub(".\x08", "", subprocess.run(["mandoc", "-Tascii", PAGES[page]], stdout=subprocess.PIPE, text=True, check=True).stdout)


def page_of(program):
    return next(page for page in PAGES if page.rsplit(".", 1)[0] == program)


# ---- each manual ---------------------------------------------------------------------------------------

def tests_of_pages():
    for page, path in sorted(PAGES.items()):
        tap.equal(run("mandoc", "-Tlint", "-W", "warning", path).stdout, "", "mandoc has nothing against %s" % page)
        sections = re.findall(r'^\.S[hH] "?(.*?)"?$', read(path), flags=re.M)
        wanted = [name for name in SECTIONS if not page.endswith(".7") or name in ("NAME", "DESCRIPTION", "SEE ALSO")]
        tap.equal([name for name in wanted if name not in sections], [], "%s has its sections" % page)
        unknown = ["%s(%s)" % link for link in re.findall(r"^\.Xr (\S+) (\d)", read(path), flags=re.M)
                   if re.match(r"(virt-)?p2v", link[0]) and "%s.%s" % link not in PAGES]
        tap.equal(unknown, [], "%s names manuals of ours that are there" % page)


def tests_of_programs():
    for program in PROGRAMS:
        page = page_of(program)
        text, said = rendered(page), run(BUILD + "/bin/" + program, "--help").stdout
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", said)) - {"--"}
        shown = set(re.findall(r"--[a-z][a-z-]*", text))
        tap.equal(sorted(options - shown), [], "%s has every option of --help" % page)
        # The words that a list of options begins with: "     --disk path".
        listed = {option for line in re.findall(r"^ {5}(-.*)$", text, flags=re.M) for option in re.findall(r"--[a-z][a-z-]*", line)}
        taken = {option for option in listed if "unrecognized option" in run(BUILD + "/bin/" + program, option + "=x", "--help").stdout}
        tap.equal(sorted(taken), [], "%s lists no option that is not taken" % page)
        uid = re.search(r"^  uid +(\d+) ", run(BUILD + "/bin/" + program, "--print-sandbox").stdout, flags=re.M)
        if program not in ("virt-p2v", "p2v-supervisor"):
            tap.ok(uid and re.search(r"runs\s+as\s+uid\s+(and\s+gid\s+)?" + uid[1], text), "%s tells the uid that it runs as" % page, uid and uid[0])


# ---- what comes from the sources -----------------------------------------------------------------------

def tests_of_parts():
    for tool, name in (("docs/make-protocol-tables", "the tables of p2v-protocol(7) are the sources'"),
                       ("docs/screenshots/make-text", "the dialogs in virt-p2v(1) are those that the demonstration shows")):
        done = run(ROOT + "/" + tool)
        tap.ok(done.returncode == 0, name, "%s --write puts this right:\n%s" % (tool, done.stdout))
    # A row that says something else than the measurement.
    measured = {tuple(cell.strip() for cell in line.split("|")[1:5]) for line in read(ROOT + "/bench/RESULTS.md").splitlines() if line.startswith("|")}
    table = read(ROOT + "/README.md").split("## How fast")[1].split("##")[0]
    rows = [tuple(cell.strip() for cell in line.split("|")[1:5]) for line in table.splitlines() if line.startswith("|")][2:]
    tap.ok(len(rows) >= 5, "the README has figures", rows)
    tap.equal([row for row in rows if row not in measured], [], "they are those of bench/RESULTS.md")
    manuals = [name for name in PAGES if "(%s)" % os.path.relpath(PAGES[name], ROOT) not in read(ROOT + "/README.md")]
    tap.equal(manuals, [], "the README has a link to each manual")
    larger = [name for name in glob.glob(ROOT + "/docs/screenshots/*.png") if os.path.getsize(name) > 60000]
    tap.equal(larger, [], "no picture has more than 60 kB")


def tests_of_numbers():
    """docs/AUDIT.md: what each lock permits, as the program itself says it."""
    for line in re.findall(r"^\| (p2v-.*?) \|$", read(ROOT + "/docs/AUDIT.md").split("## The numbers")[1], flags=re.M):
        cells = line.split(" | ")
        if len(cells) != 5:
            continue
        program, *options = cells[0].replace("--external", "--external=qemu-nbd").split()
        told = json.loads(run(BUILD + "/bin/" + program, *options, "--print-sandbox=json").stdout)
        got = [str(told["system_calls"]["allowed"]), " ".join(told["capabilities"]["effective"]) or "none", " ".join(told["namespaces"]["own"])]
        tap.equal(got, [cells[1], cells[3], cells[4]], "docs/AUDIT.md has the numbers of %s" % cells[0])


def tests_of_lines():
    """docs/AUDIT.md: how large the supervisor is, and what stays root."""
    text = " ".join(read(ROOT + "/docs/AUDIT.md").split())
    counted = {folder: [int(number) for number in re.findall(r"(\d+) in \.", run(ROOT + "/tests/count-lines", folder).stdout)] for folder in ("p2v-supervisor", "p2v-runner")}
    told = ("p2v-supervisor has {:,} in its .c files and {:,} in its headers".format(*counted["p2v-supervisor"]),
            "virt-p2v (`tests/count-lines p2v-runner`), has {:,} and {:,}".format(*counted["p2v-runner"]))
    tap.equal([words for words in told if words not in text], [], "docs/AUDIT.md has the lines of p2v-supervisor and of virt-p2v")
    tap.ok(0 < counted["p2v-supervisor"][0] < 2500, "p2v-supervisor has fewer than 2,500 lines of code", counted)


def tests_of_nbd_servers():
    names = re.search(r"has no server 'x', but (.*)\.  Try", run(BUILD + "/bin/virt-p2v", "--nbd=x").stdout)[1].split(", ")
    said = {"--help": run(BUILD + "/bin/virt-p2v", "--help").stdout, "virt-p2v(1)": rendered("virt-p2v.1"), "p2v-export(8)": rendered("p2v-export.8")}
    missing = ["%s: %s" % (where, name) for where, text in said.items() for name in names
               if not re.search(r"(?<![\w-])%s(?![\w-])" % name, text) and not (where == "p2v-export(8)" and name == "builtin")]
    tap.equal((len(names) > 1, missing), (True, []), "each server of --nbd is told of")


# ---- links ---------------------------------------------------------------------------------------------

def anchors(text):
    """As they come of a document's headings."""
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)$", text, flags=re.M)}


# Every field of the messages that p2v-inspect --json prints is named where its manual tells of the object that has it.
def tests_of_json():
    fields = {name: re.findall(r"^  (?:repeated )?\w+ (\w+) = \d+;", body, flags=re.M)
              for name, body in re.findall(r"^message (\w+) \{\n(.*?)^\}", read(ROOT + "/proto/p2v.proto"), flags=re.M | re.S)}
    section = re.search(r"^\.Sh JSON\n(.*?)^\.Sh", read(PAGES["p2v-inspect.8"]), flags=re.M | re.S).group(1)
    entries = re.findall(r"^\.It Li (.*)\n((?:(?!\.It ).*\n)*)", section, flags=re.M)
    heads = {name: words(text) for head, text in entries for name in words(".Li " + head)}
    tap.equal([name for name in fields["Inventory"] if name not in heads], [], "p2v-inspect(8) has each member of its JSON")
    for name, messages in (("cpu", ["Cpu"]), ("rtc", ["Rtc"]), ("disks", ["Disk"]), ("removables", ["Removable"]), ("nics", ["Nic"]),
                           ("contents", ["Contents", "Content"])):
        tap.equal([field for message in messages for field in fields[message] if field not in heads[name]], [], "and of its %s" % name)


def words(text):
    return {word for line in re.findall(r"^(?:\.Li|\.Pq Li) (.*)", text, flags=re.M) for word in re.findall(r"\w+", line)}


def tests_of_structs():
    sizes = {name: 4 * len(re.findall(r"\b\w+(?=[,;])", re.sub("//.*", "", body)))
             for name, body in re.findall(r"^struct (runner_\w+) \{\n(.*?)^\};", read(ROOT + "/proto/programs.h"), flags=re.M | re.S)}
    told = re.search(r"by structs of (\d+) bytes, what is asked of it, and of (\d+),", read(PAGES["p2v-protocol.7"]), flags=re.S)
    tap.equal(told and [int(size) for size in told.groups()], [sizes["runner_request"], sizes["runner_event"]],
              "p2v-protocol(7) has the sizes of what virt-p2v and p2v-supervisor say to each other")


def tests_of_documents():
    tracked = set(run("git", "-C", ROOT, "ls-files").stdout.split()) if os.path.exists(ROOT + "/.git") else None
    for name in DOCUMENTS:
        text, folder = read(ROOT + "/" + name), os.path.dirname(ROOT + "/" + name)
        dead = []
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path, _, anchor = target.partition("#")
            if re.match(r"https?:", target):
                continue
            full = os.path.normpath(os.path.join(folder, path)) if path else ROOT + "/" + name
            if not os.path.exists(full) or (tracked and os.path.isfile(full) and os.path.relpath(full, ROOT) not in tracked) or \
                    (anchor and anchor not in anchors(read(full))):
                dead.append(target)
        tap.equal(dead, [], "no link of %s is dead" % name)
        # Files of this tree that are named: `p2v-transport/login.c`, `tests/hostile/`.
        tops = [top for top in os.listdir(ROOT) if os.path.isdir(ROOT + "/" + top) and top != "build"]
        gone = [path for path in re.findall(r"`((?:%s)/[\w./-]*)`" % "|".join(map(re.escape, tops)), text)
                if not os.path.exists(ROOT + "/" + path) and not re.search(r"NAME|LANGUAGE", path)]
        tap.equal(gone, [], "no file that %s names is gone" % name)


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.targets, self.ids = [], set()

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "href":
                self.targets.append(value)
            elif name == "id":
                self.ids.add(value)


def tests_of_html():
    folder = tempfile.mkdtemp(prefix="virt-p2v-test.", dir="/var/tmp")
    try:
        done = run("make", "-s", "-C", ROOT, "docs", "B=" + folder)
        tap.ok(done.returncode == 0, "make docs", done.stdout)
        pages = {}
        for path in glob.glob(folder + "/docs/*.html"):
            links = pages[os.path.basename(path)] = Links()
            links.feed(read(path))
        tap.equal(sorted(pages), sorted(["index.html"] + [page + ".html" for page in PAGES]), "there is a page for each manual, and an index")
        dead = []
        for name, links in pages.items():
            for target in links.targets:
                page, _, anchor = target.partition("#")
                if (page or name) not in pages or (anchor and anchor not in pages[page or name].ids):
                    dead.append("%s: %s" % (name, target))
        tap.equal(dead, [], "none of their links is dead")
        tap.equal(sorted(set(pages) - set(pages["index.html"].targets) - {"index.html"}), [], "the index leads to all of them")
        tap.ok("p2v-supervisor.8.html" in pages["virt-p2v.1.html"].targets and "virt-p2v.1.html" in pages["virt-p2v-make-disk.1.html"].targets,
               "a manual's name is a link to it")
    finally:
        shutil.rmtree(folder)


tests_of_pages()
tests_of_programs()
tests_of_parts()
tests_of_numbers()
tests_of_nbd_servers()
tests_of_json()
tests_of_structs()
tests_of_documents()
tests_of_html()
tap.done()

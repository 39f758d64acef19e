"""English and Simplified Chinese are complete: every text is marked, translated and compiled."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import polib  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.template import engines
from django.template.base import Lexer, TokenType
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
CATALOGUE = ROOT / "console" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

# How many arguments come before the text, and how many are text.
FUNCTIONS = {
    "gettext": (0, 1),
    "gettext_lazy": (0, 1),
    "gettext_noop": (0, 1),
    "ngettext": (0, 2),
    "ngettext_lazy": (0, 2),
    "pgettext": (1, 1),
    "pgettext_lazy": (1, 1),
    "npgettext": (1, 2),
    "npgettext_lazy": (1, 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|\{\w+\}")
HAN = "[\u3400-\u9fff]"

# Names that are the same in every language.
NAMES = {"DEW", "MAC", "payments", "orders", "ledger", "PEM", "DER", "openssl", "Base", "Esc"}
UNSEEN_BLOCKS = {"blocktranslate": "endblocktranslate", "block bodyclass": "endblock"}
SEEN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title", "data-busy", "data-copied", "data-tags-left"}
ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')  # in a block or file of its own, put into a tag elsewhere


class Message(NamedTuple):
    """What a text is found by in the catalogue."""

    text: str
    plural: str = ""
    context: str = ""


# The texts of the project


def in_python(path: Path) -> Iterator[Message]:
    """The texts given to functions of `django.utils.translation`, by whatever name they were imported."""
    tree = ast.parse(path.read_text())
    names = {
        name.asname or name.name: FUNCTIONS[name.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in FUNCTIONS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            before, count = names[node.func.id]
            given = [ast.literal_eval(one) for one in node.args[: before + count]]
            yield Message(given[before], given[before + 1] if count > 1 else "", given[0] if before else "")


def in_template(name: str) -> Iterator[Message]:
    """The texts of `translate` and `blocktranslate`, as Django looks them up when it renders."""
    nodes: Any = engines["django"].get_template(name).template.nodelist  # type: ignore[attr-defined]
    for node in nodes.get_nodes_by_type(TranslateNode):
        text = node.filter_expression.var.literal.replace("%", "%%")
        yield Message(text, context=_context(node))
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        text, plural = (node.render_token_list(tokens)[0] for tokens in (node.singular, node.plural or []))
        yield Message(text, plural, _context(node))


def _context(node: Any) -> str:
    return node.message_context.resolve({}) if node.message_context else ""


def template_names() -> list[str]:
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


@cache
def messages() -> dict[Message, str]:
    """Every text of the project, with the file that it stands in."""
    found: dict[Message, str] = {}
    for path in (one for app in ("console", "keys") for one in sorted((ROOT / app).rglob("*.py"))):
        found |= dict.fromkeys(in_python(path), str(path.relative_to(ROOT)))
    for name in template_names():
        found |= dict.fromkeys(in_template(name), f"templates/{name}")
    return found


# The catalogue


def key_of(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def test_texts_are_found_in_code_and_templates():
    assert Message("Enter an alias.") in messages()
    assert Message("<b>%(used)s</b> of %(quota)s used") in messages()
    assert any(one.plural for one in messages())


def test_every_text_is_translated(catalogue):
    translated = {key_of(entry) for entry in catalogue if not entry.fuzzy and all(translations(entry))}

    assert {text: file for text, file in messages().items() if text not in translated} == {}


def test_the_catalogue_has_no_text_that_is_not_used(catalogue):
    assert [entry.msgid for entry in catalogue if entry.obsolete or key_of(entry) not in messages()] == []


def test_the_compiled_catalogue_says_what_the_readable_one_says(catalogue):
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))

    assert {key_of(one): translations(one) for one in compiled} == {key_of(one): translations(one) for one in catalogue}


def test_a_translation_keeps_the_placeholders(catalogue):
    for entry in catalogue:
        for text in translations(entry):
            assert {*PLACEHOLDER.findall(text)} == {*PLACEHOLDER.findall(entry.msgid + entry.msgid_plural)}, entry.msgid


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (f"{HAN}[,.;:!?()]|[,;!?()]{HAN}", "punctuation between Chinese characters is full-width"),
        (f"[\"']{HAN}|{HAN}[\"']", "Chinese is quoted by “ ”"),
        (f"{HAN} +[A-Za-z0-9%{{]|[A-Za-z0-9)}}] +{HAN}", "no space stands between Chinese and Latin characters"),
    ],
)
def test_chinese_is_set_as_chinese(catalogue, wrong, why):
    assert [text for entry in catalogue for text in translations(entry) if re.search(wrong, text)] == [], why


# Nothing is left unmarked


class Visible(HTMLParser):
    """The words that a person sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        submits = tag == "input" and ("type", "submit") in attrs
        for name, value in attrs:
            if name in SEEN_ATTRIBUTES or (submits and name == "value"):
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        self.words |= {*re.findall(r"[^\W\d_]{2,}", ATTRIBUTE.sub("", data))}


def unmarked(source: str) -> str:
    """A template without its tags, variables, translated blocks and class names."""
    kept, end = [], ""
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK and not end:
            end = UNSEEN_BLOCKS.get(token.contents, UNSEEN_BLOCKS.get(token.contents.split()[0], ""))
        elif token.token_type == TokenType.BLOCK and token.contents.split()[0] == end:
            end = ""
        elif token.token_type == TokenType.TEXT and not end:
            kept.append(token.contents)
    return "".join(kept)


@pytest.mark.parametrize("name", template_names())
def test_no_text_of_a_template_is_left_unmarked(name):
    visible = Visible()
    visible.feed(unmarked((TEMPLATES / name).read_text()))
    visible.close()

    assert visible.words - NAMES == set()


def test_the_languages_are_english_and_chinese():
    assert [code for code, _name in settings.LANGUAGES] == ["en", "zh-hans"]
    assert CATALOGUE.parents[2] in settings.LOCALE_PATHS

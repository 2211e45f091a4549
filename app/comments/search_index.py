# ruff: noqa: S608 - names of our own
"""The index of comments by their words and their author's name. Its numbers are the comments' positions."""

from app.kit.search import WORDS_FUNCTION, SearchIndex

_TEXT = "{0}.text || ' ' || {0}.author_name"
_FOLDED = f"replace(replace({_TEXT}, 'Ё', 'Е'), 'ё', 'е')"
_OLD, _NEW = _FOLDED.format("OLD"), _FOLDED.format("NEW")
_CHANGED = "({0}.text, {0}.author_name)"
_ON_CHANGE = "AFTER UPDATE OF text, author_name ON comments"

# The index of words keeps no text: to take a row out of it, it must be told what the row had said.
_TAKE_OUT = f"INSERT INTO comment_words(comment_words, rowid, words) VALUES ('delete', OLD.position, {_OLD})"
_PUT_IN = f"INSERT INTO comment_words (rowid, words) VALUES (NEW.position, {_NEW})"
_FUNCTIONS = {
    "comment_search_new": "INSERT INTO comment_search (position, words) "
    f"SELECT made.position, newsreel_words({_TEXT.format('made')}) FROM made;",
    "comment_search_changed": f"UPDATE comment_search SET words = newsreel_words({_TEXT.format('NEW')}) "
    "WHERE position = NEW.position;",
    "comment_search_gone": "DELETE FROM comment_search WHERE position = OLD.position;",
}

COMMENT_SEARCH = SearchIndex(
    tables=("comment_search", "comment_words"),
    create={
        "sqlite": (
            "CREATE VIRTUAL TABLE comment_words USING fts5(words, content='', prefix='2 3', "
            "tokenize='unicode61 remove_diacritics 0')",
            f"CREATE TRIGGER comment_search_new AFTER INSERT ON comments BEGIN {_PUT_IN}; END",
            f"CREATE TRIGGER comment_search_changed {_ON_CHANGE} "
            f"WHEN {_CHANGED.format('OLD')} IS NOT {_CHANGED.format('NEW')} BEGIN {_TAKE_OUT}; {_PUT_IN}; END",
            f"CREATE TRIGGER comment_search_gone AFTER DELETE ON comments BEGIN {_TAKE_OUT}; END",
        ),
        "postgresql": (
            WORDS_FUNCTION,
            "CREATE TABLE comment_search (position BIGINT PRIMARY KEY, words tsvector NOT NULL)",
            "CREATE INDEX ix_comment_search_words ON comment_search USING gin (words)",
            *(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {body} RETURN NULL; END $$"
                for name, body in _FUNCTIONS.items()
            ),
            "CREATE TRIGGER comment_search_new AFTER INSERT ON comments REFERENCING NEW TABLE AS made "
            "FOR EACH STATEMENT EXECUTE FUNCTION comment_search_new()",
            f"CREATE TRIGGER comment_search_changed {_ON_CHANGE} FOR EACH ROW "
            f"WHEN ({_CHANGED.format('OLD')} IS DISTINCT FROM {_CHANGED.format('NEW')}) "
            "EXECUTE FUNCTION comment_search_changed()",
            "CREATE TRIGGER comment_search_gone AFTER DELETE ON comments FOR EACH ROW "
            "EXECUTE FUNCTION comment_search_gone()",
        ),
    },
    fill={
        "sqlite": (
            f"INSERT INTO comment_words (rowid, words) SELECT c.position, {_FOLDED.format('c')} "
            "FROM comments c ORDER BY c.position",
        ),
        "postgresql": (
            "INSERT INTO comment_search (position, words) "
            f"SELECT c.position, newsreel_words({_TEXT.format('c')}) FROM comments c",
        ),
    },
    drop={
        "sqlite": (
            *(f"DROP TRIGGER IF EXISTS {name}" for name in _FUNCTIONS),
            "DROP TABLE IF EXISTS comment_words",
        ),
        "postgresql": (
            *(f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in _FUNCTIONS),
            "DROP TABLE IF EXISTS comment_search",
        ),
    },
)
COMMENT_SEARCH.make_with_models()

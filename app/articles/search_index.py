# ruff: noqa: S608 - names of our own
"""The index of articles by their words: title, excerpt and address."""

from app.kit.search import WORDS_FUNCTION, SearchIndex

_TEXT = "{0}.title || ' ' || {0}.excerpt || ' ' || {0}.url"
_FOLDED = f"replace(replace({_TEXT}, 'Ё', 'Е'), 'ё', 'е')"
_OLD, _NEW = _FOLDED.format("OLD"), _FOLDED.format("NEW")
_CHANGED = "({0}.title, {0}.excerpt, {0}.url)"
_ON_CHANGE = "AFTER UPDATE OF title, excerpt, url ON articles"
_NUMBER = "(SELECT id FROM article_search WHERE article_id = {0}.id)"

# The index of words keeps no text: to take a row out of it, it must be told what the row had said.
_TAKE_OUT = (
    "INSERT INTO article_words(article_words, rowid, words) "
    f"SELECT 'delete', id, {_OLD} FROM article_search WHERE article_id = OLD.id"
)
_FUNCTIONS = {
    "article_search_new": "INSERT INTO article_search (article_id, words) "
    f"SELECT made.id, newsreel_words({_TEXT.format('made')}) FROM made;",
    "article_search_changed": f"UPDATE article_search SET words = newsreel_words({_TEXT.format('NEW')}) "
    "WHERE article_id = NEW.id;",
    "article_search_gone": "DELETE FROM article_search WHERE article_id = OLD.id;",
}

ARTICLE_SEARCH = SearchIndex(
    tables=("article_search", "article_words"),
    create={
        "sqlite": (
            "CREATE TABLE article_search (id INTEGER PRIMARY KEY, article_id VARCHAR(36) NOT NULL UNIQUE)",
            "CREATE VIRTUAL TABLE article_words USING fts5(words, content='', prefix='2 3', "
            "tokenize='unicode61 remove_diacritics 0')",
            "CREATE TRIGGER article_search_new AFTER INSERT ON articles BEGIN "
            "INSERT INTO article_search (article_id) VALUES (NEW.id); "
            f"INSERT INTO article_words (rowid, words) VALUES ({_NUMBER.format('NEW')}, {_NEW}); END",
            f"CREATE TRIGGER article_search_changed {_ON_CHANGE} "
            f"WHEN {_CHANGED.format('OLD')} IS NOT {_CHANGED.format('NEW')} BEGIN {_TAKE_OUT}; "
            f"INSERT INTO article_words (rowid, words) VALUES ({_NUMBER.format('NEW')}, {_NEW}); END",
            f"CREATE TRIGGER article_search_gone AFTER DELETE ON articles BEGIN {_TAKE_OUT}; "
            "DELETE FROM article_search WHERE article_id = OLD.id; END",
        ),
        "postgresql": (
            WORDS_FUNCTION,
            "CREATE TABLE article_search (article_id VARCHAR(36) PRIMARY KEY, words tsvector NOT NULL)",
            "CREATE INDEX ix_article_search_words ON article_search USING gin (words)",
            *(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {body} RETURN NULL; END $$"
                for name, body in _FUNCTIONS.items()
            ),
            "CREATE TRIGGER article_search_new AFTER INSERT ON articles REFERENCING NEW TABLE AS made "
            "FOR EACH STATEMENT EXECUTE FUNCTION article_search_new()",
            f"CREATE TRIGGER article_search_changed {_ON_CHANGE} FOR EACH ROW "
            f"WHEN ({_CHANGED.format('OLD')} IS DISTINCT FROM {_CHANGED.format('NEW')}) "
            "EXECUTE FUNCTION article_search_changed()",
            "CREATE TRIGGER article_search_gone AFTER DELETE ON articles FOR EACH ROW "
            "EXECUTE FUNCTION article_search_gone()",
        ),
    },
    fill={
        "sqlite": (
            "INSERT INTO article_search (article_id) SELECT id FROM articles ORDER BY id",
            f"INSERT INTO article_words (rowid, words) SELECT s.id, {_FOLDED.format('a')} "
            "FROM article_search s JOIN articles a ON a.id = s.article_id ORDER BY s.id",
        ),
        "postgresql": (
            "INSERT INTO article_search (article_id, words) "
            f"SELECT a.id, newsreel_words({_TEXT.format('a')}) FROM articles a",
        ),
    },
    drop={
        "sqlite": (
            *(f"DROP TRIGGER IF EXISTS {name}" for name in _FUNCTIONS),
            "DROP TABLE IF EXISTS article_words",
            "DROP TABLE IF EXISTS article_search",
        ),
        "postgresql": (
            *(f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in _FUNCTIONS),
            "DROP TABLE IF EXISTS article_search",
        ),
    },
)
ARTICLE_SEARCH.make_with_models()

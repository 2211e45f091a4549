# ruff: noqa: S608 - names of our own
"""The index of posts by their words (title, description, the article's title and address) and by their source."""

from app.kit.search import WORDS_FUNCTION, SearchIndex

_TEXT = "{0}.title || ' ' || {0}.description || ' ' || {1}.title || ' ' || {1}.url"
_FOLDED = f"replace(replace({_TEXT}, 'Ё', 'Е'), 'ё', 'е')"
_POST_CHANGED, _ARTICLE_CHANGED = "({0}.title, {0}.description)", "({0}.title, {0}.url)"
_ON_POST, _ON_ARTICLE = "AFTER UPDATE OF title, description ON posts", "AFTER UPDATE OF title, url ON articles"
_OF_ARTICLE = "FROM posts p JOIN post_search s ON s.post_id = p.id WHERE p.article_id = NEW.id"
_OF_POST = "FROM articles a JOIN post_search s ON s.post_id = {0}.id WHERE a.id = {0}.article_id"
_PUT, _TAKE = "INSERT INTO post_words (rowid, words)", "INSERT INTO post_words (post_words, rowid, words)"

_FUNCTIONS = {
    "post_search_new": "INSERT INTO post_search (post_id, source_id, words) "
    f"SELECT made.id, a.source_id, newsreel_words({_TEXT.format('made', 'a')}) "
    "FROM made JOIN articles a ON a.id = made.article_id;",
    "post_search_changed": f"UPDATE post_search SET words = newsreel_words({_TEXT.format('NEW', 'a')}) "
    "FROM articles a WHERE a.id = NEW.article_id AND post_id = NEW.id;",
    "post_search_follows": f"UPDATE post_search SET words = newsreel_words({_TEXT.format('p', 'NEW')}) "
    "FROM posts p WHERE p.article_id = NEW.id AND post_id = p.id;",
    "post_search_gone": "DELETE FROM post_search WHERE post_id = OLD.id;",
}

POST_SEARCH = SearchIndex(
    tables=("post_search", "post_words"),
    create={
        "sqlite": (
            "CREATE TABLE post_search (id INTEGER PRIMARY KEY, post_id VARCHAR(36) NOT NULL UNIQUE, "
            "source_id VARCHAR(36) NOT NULL)",
            "CREATE INDEX ix_post_search_source_id ON post_search (source_id, post_id)",
            # It keeps no text: to take a row out of it, it must be told what the row had said.
            "CREATE VIRTUAL TABLE post_words USING fts5(words, content='', prefix='2 3', "
            "tokenize='unicode61 remove_diacritics 0')",
            "CREATE TRIGGER post_search_new AFTER INSERT ON posts BEGIN "
            "INSERT INTO post_search (post_id, source_id) "
            "SELECT NEW.id, a.source_id FROM articles a WHERE a.id = NEW.article_id; "
            f"{_PUT} SELECT s.id, {_FOLDED.format('NEW', 'a')} {_OF_POST.format('NEW')}; END",
            f"CREATE TRIGGER post_search_changed {_ON_POST} "
            f"WHEN {_POST_CHANGED.format('OLD')} IS NOT {_POST_CHANGED.format('NEW')} BEGIN "
            f"{_TAKE} SELECT 'delete', s.id, {_FOLDED.format('OLD', 'a')} {_OF_POST.format('NEW')}; "
            f"{_PUT} SELECT s.id, {_FOLDED.format('NEW', 'a')} {_OF_POST.format('NEW')}; END",
            f"CREATE TRIGGER post_search_follows {_ON_ARTICLE} "
            f"WHEN {_ARTICLE_CHANGED.format('OLD')} IS NOT {_ARTICLE_CHANGED.format('NEW')} BEGIN "
            f"{_TAKE} SELECT 'delete', s.id, {_FOLDED.format('p', 'OLD')} {_OF_ARTICLE}; "
            f"{_PUT} SELECT s.id, {_FOLDED.format('p', 'NEW')} {_OF_ARTICLE}; END",
            "CREATE TRIGGER post_search_gone AFTER DELETE ON posts BEGIN "
            f"{_TAKE} SELECT 'delete', s.id, {_FOLDED.format('OLD', 'a')} {_OF_POST.format('OLD')}; "
            "DELETE FROM post_search WHERE post_id = OLD.id; END",
        ),
        "postgresql": (
            WORDS_FUNCTION,
            "CREATE TABLE post_search (post_id VARCHAR(36) PRIMARY KEY, source_id VARCHAR(36) NOT NULL, "
            "words tsvector NOT NULL)",
            "CREATE INDEX ix_post_search_source_id ON post_search (source_id, post_id)",
            "CREATE INDEX ix_post_search_words ON post_search USING gin (words)",
            *(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {body} RETURN NULL; END $$"
                for name, body in _FUNCTIONS.items()
            ),
            "CREATE TRIGGER post_search_new AFTER INSERT ON posts REFERENCING NEW TABLE AS made "
            "FOR EACH STATEMENT EXECUTE FUNCTION post_search_new()",
            f"CREATE TRIGGER post_search_changed {_ON_POST} FOR EACH ROW "
            f"WHEN ({_POST_CHANGED.format('OLD')} IS DISTINCT FROM {_POST_CHANGED.format('NEW')}) "
            "EXECUTE FUNCTION post_search_changed()",
            f"CREATE TRIGGER post_search_follows {_ON_ARTICLE} FOR EACH ROW "
            f"WHEN ({_ARTICLE_CHANGED.format('OLD')} IS DISTINCT FROM {_ARTICLE_CHANGED.format('NEW')}) "
            "EXECUTE FUNCTION post_search_follows()",
            "CREATE TRIGGER post_search_gone AFTER DELETE ON posts FOR EACH ROW EXECUTE FUNCTION post_search_gone()",
        ),
    },
    fill={
        "sqlite": (
            "INSERT INTO post_search (post_id, source_id) SELECT p.id, a.source_id "
            "FROM posts p JOIN articles a ON a.id = p.article_id ORDER BY p.id",
            f"INSERT INTO post_words (rowid, words) SELECT s.id, {_FOLDED.format('p', 'a')} FROM post_search s "
            "JOIN posts p ON p.id = s.post_id JOIN articles a ON a.id = p.article_id ORDER BY s.id",
        ),
        "postgresql": (
            "INSERT INTO post_search (post_id, source_id, words) "
            f"SELECT p.id, a.source_id, newsreel_words({_TEXT.format('p', 'a')}) "
            "FROM posts p JOIN articles a ON a.id = p.article_id",
        ),
    },
    drop={
        "sqlite": (
            *(f"DROP TRIGGER IF EXISTS {name}" for name in _FUNCTIONS),
            "DROP TABLE IF EXISTS post_words",
            "DROP TABLE IF EXISTS post_search",
        ),
        "postgresql": (
            *(f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in _FUNCTIONS),
            "DROP TABLE IF EXISTS post_search",
        ),
    },
)
POST_SEARCH.make_with_models()

#pragma once
#include <sqlite3.h>
#include <stddef.h>

/// Binds text that SQLite copies. (`SQLITE_TRANSIENT` is a cast macro, which Swift does not import.)
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_text(statement, index, bytes, count, SQLITE_TRANSIENT);
}

/// Binds bytes that the caller keeps in place until the statement is reset. An empty blob is a blob, not NULL.
static inline int csqlite_bind_blob_in_place(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    if (bytes == NULL || count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_STATIC);
}

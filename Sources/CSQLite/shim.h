#pragma once
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/// Binds text that SQLite copies. (`SQLITE_TRANSIENT` is a cast macro, which Swift does not import.)
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_text(statement, index, bytes, count, SQLITE_TRANSIENT);
}

/// Binds bytes that the caller keeps in place until the statement is reset. An empty blob is a blob, not NULL.
static inline int csqlite_bind_blob_in_place(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    if (bytes == NULL || count == 0) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_STATIC);
}

static inline int csqlite_note_log_pages(void *pages, sqlite3 *database, const char *name, int count) {
    (void)database;
    (void)name;
    *(int32_t *)pages = count;
    return SQLITE_OK;
}

/// From now on each commit writes how many pages the write-ahead log has, and copies none of it back by itself.
static inline void csqlite_watch_log(sqlite3 *database, int32_t *pages) {
    sqlite3_wal_hook(database, csqlite_note_log_pages, pages);
}

/// Syncs the database file through SQLite's own descriptor: closing another one would let go of SQLite's locks.
static inline int csqlite_sync_database(sqlite3 *database) {
    sqlite3_file *file = NULL;
    int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK) return code;
    if (file == NULL || file->pMethods == NULL) return SQLITE_OK;
    return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

/// Closing this connection, when it is the last, leaves the write-ahead log where it is. (Swift imports no variadic
/// functions.)
static inline int csqlite_keep_log(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

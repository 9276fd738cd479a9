#pragma once
#include <libpq-fe.h>

/// Does nothing with a notice of the server's. (By default libpq prints it to standard error.)
static void cpostgres_ignore_notice(void *context, const char *message) {
    (void)context;
    (void)message;
}

static inline void cpostgres_ignore_notices(PGconn *connection) {
    PQsetNoticeProcessor(connection, cpostgres_ignore_notice, NULL);
}

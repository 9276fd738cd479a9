import CPostgres
import Glibc
import Support

/// One connection to the server. Whoever holds the value is its only user, and it closes when the value goes.
struct Session: ~Copyable, @unchecked Sendable {
    // Invariant: libpq lets any thread use a connection, one at a time; there is no second copy of this value, and its
    // pointer does not leave it.

    /// Names a connection as the server knows it, for as long as it runs.
    struct Identity: Hashable, Sendable {
        var process: Int32
        var startedAt: String
    }

    private let handle: OpaquePointer
    /// Names of prepared statements by their text: as many as our sources have ways to make one.
    private var statements: [String: String] = [:]
    /// Which of the server's processes works for it.
    private(set) var identity = Identity(process: 0, startedAt: "")
    /// No answer can be trusted any more: to be thrown away.
    private(set) var isBroken = false

    /// How long the server works on a statement before it gives up.
    static let statementTime: Duration = .milliseconds(2000)
    /// How long it waits for somebody else's lock.
    static let lockTime: Duration = .milliseconds(1500)
    /// How long we wait for an answer beyond the time that the statement may take: the commit's sync, and the way.
    static let answerTime: Duration = .milliseconds(1000)
    /// For what is done seldom and may take long: migrations, sealing, copies.
    static let longStatementTime: Duration = .seconds(120)
    /// How long we wait for the end of another connection that we have ended.
    static let endMilliseconds: Int64 = 1000
    /// For one server of those that the URL names.
    static let connectSeconds = 3

    /// What holds unless the URL says otherwise; what stands behind `dbname` cannot be changed by it.
    private static let defaults = [
        ("application_name", "symflow"), ("connect_timeout", "\(connectSeconds)"),
        // Never a standby: of several servers the primary is found, also after a failover.
        ("target_session_attrs", "read-write"), ("keepalives_idle", "5"), ("keepalives_interval", "2"),
        ("keepalives_count", "3"), ("tcp_user_timeout", "8000"),
    ]

    /// - Parameter url: `postgresql://…`, as libpq reads it. Of several servers that it names the first that writes is
    ///   taken.
    static func open(_ url: String) throws(PostgresError) -> Session {
        try ServerAddress.check(url)
        let servers = servers(of: url)
        var failures: [String] = []
        for server in servers {
            do { return try open(url, at: server) } catch {
                guard !error.isDefinite, servers.count > 1 else { throw error }
                failures.append(error.message)
            }
        }
        throw PostgresError(
            "connect", message: failures.joined(separator: "; "), isDefinite: false, wasSent: false
        )
    }

    /// What libpq must be told to use one of the servers that a URL names, for each of them.
    ///
    /// libpq goes through them by itself, but stops at one that takes a connection and closes it at once: whatever
    /// forwards connections to a server does so while that is dead.
    private static func servers(of url: String) -> [[(String, String)]] {
        guard let options = PQconninfoParse(url, nil) else { return [[]] }
        defer { PQconninfoFree(options) }
        var lists: [String: [String]] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                lists[String(cString: keyword)] = String(cString: value)
                    .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            option += 1
        }
        let count = max(lists["host"]?.count ?? 0, lists["hostaddr"]?.count ?? 0)
        guard count > 1 else { return [[]] }
        return (0..<count).map { number in
            ["host", "hostaddr", "port"].compactMap { name in
                // One port may stand for all.
                lists[name].map { list in (name, number < list.count ? list[number] : list[0]) }
            }
        }
    }

    private static func open(_ url: String, at server: [(String, String)]) throws(PostgresError) -> Session {
        let settings = defaults + [("dbname", url), ("client_encoding", "UTF8")] + server
        var names = settings.map { UnsafePointer(strdup($0.0)) } + [nil]
        var values = settings.map { UnsafePointer(strdup($0.1)) } + [nil]
        defer { for text in names + values { free(UnsafeMutablePointer(mutating: text)) } }
        guard let handle = PQconnectdbParams(&names, &values, 1) else {
            throw PostgresError("connect", message: "out of memory", isDefinite: false, wasSent: false)
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            let message = words(of: handle)
            PQfinish(handle)
            throw PostgresError("connect", message: message, isDefinite: false, wasSent: false)
        }
        cpostgres_ignore_notices(handle)
        var session = Session(handle)
        try session.configure()
        return session
    }

    private init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { PQfinish(handle) }

    private mutating func configure() throws(PostgresError) {
        // Statements are few and short, and every one has its index: plans are made once, and never from what a table
        // was like when it was empty. Commits are durable on every server that must have them.
        try execute(
            """
            SET statement_timeout = \(Self.statementTime.milliseconds); SET lock_timeout = \(Self.lockTime.milliseconds);
            SET idle_in_transaction_session_timeout = 10000; SET default_transaction_isolation = 'read committed';
            SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan;
            SET jit = off; SET bytea_output = hex;
            SELECT set_config('synchronous_commit', 'on', false)
                WHERE current_setting('synchronous_commit') IN ('off', 'local');
            """
        )
        let encoding = PQparameterStatus(handle, "server_encoding").map { String(cString: $0) } ?? ""
        identity = Identity(process: PQbackendPID(handle), startedAt: try startedAt())
        guard encoding == "UTF8" else {
            throw PostgresError(
                "connect", state: "0A000", message: "the database's encoding is \(encoding), not UTF8",
                isDefinite: true, wasSent: false
            )
        }
    }

    private mutating func startedAt() throws(PostgresError) -> String {
        let answer = try ask(
            "SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()", within: Self.statementTime)
        return answer.rowCount == 1 ? answer.row(0).text(0) : ""
    }

    var descriptor: Int32 { PQsocket(handle) }

    /// Whether the other side has closed the connection, or has something to say while nobody asked, which is most often
    /// its last words.
    ///
    /// Asked before each use: a server that was stopped is noticed before anything is sent to it, when it is still
    /// certain that nothing happened.
    mutating func isLost() -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&waiting, 1, 0) != 0 { isBroken = true }
        return isBroken
    }

    // MARK: Statements

    /// Runs SQL of our own that has no parameters, perhaps several statements, as one transaction.
    mutating func execute(_ text: String, within time: Duration = Session.statementTime) throws(PostgresError) {
        guard PQsendQuery(handle, text) == 1 else { throw lost("execute", wasSent: false) }
        _ = try answer("execute", within: time)
    }

    /// Runs a statement.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    mutating func run(_ sql: SQL, within time: Duration = Session.statementTime) throws(PostgresError) -> Int {
        let answer = try ask(sql, within: time)
        return answer.changedCount
    }

    /// Reads all rows of a query.
    mutating func rows<Result>(
        _ sql: SQL, within time: Duration = Session.statementTime, _ read: (borrowing Row) throws -> Result
    ) throws -> [Result] {
        let answer = try ask(sql, within: time)
        var results: [Result] = []
        results.reserveCapacity(Int(answer.rowCount))
        for number in 0..<answer.rowCount { results.append(try read(answer.row(number))) }
        return results
    }

    /// Reads the first row of a query; `nil` when there is none.
    mutating func row<Result>(_ sql: SQL, _ read: (borrowing Row) throws -> Result) throws -> Result? {
        let answer = try ask(sql, within: Self.statementTime)
        return answer.rowCount > 0 ? try read(answer.row(0)) : nil
    }

    /// Runs `body` in a transaction of several statements, which is undone when it throws.
    ///
    /// - Throws: what `body` throws; the connection's failures say whether the transaction may have happened.
    mutating func transaction<Result>(_ body: (inout Session) throws -> Result) throws -> Result {
        try execute("BEGIN")
        let result: Result
        do { result = try body(&self) } catch {
            do { try execute("ROLLBACK") } catch { isBroken = true }
            guard var failure = error as? PostgresError else { throw error }
            // Whatever was lost with the connection was not committed.
            failure.isDefinite = true
            throw failure
        }
        try execute("COMMIT")
        return result
    }

    /// Bells and words that came from others.
    mutating func takeNotifications() throws(PostgresError) -> [(sender: Int32, payload: String)] {
        guard PQconsumeInput(handle) == 1 else { throw lost("listen", wasSent: false) }
        var taken: [(sender: Int32, payload: String)] = []
        while let notification = PQnotifies(handle) {
            taken.append((notification.pointee.be_pid, String(cString: notification.pointee.extra)))
            PQfreemem(notification)
        }
        return taken
    }

    // MARK: Asking

    private mutating func ask(_ sql: SQL, within time: Duration) throws(PostgresError) -> Answer {
        let name = try prepared(sql.text, within: time)
        let values = sql.values.map(\.wire)
        var lengths = values.map { Int32($0?.count ?? 0) }
        var formats = [Int32](repeating: 1, count: values.count)
        let sent = Self.withPointers(to: values[...], []) { pointers in
            PQsendQueryPrepared(handle, name, Int32(values.count), pointers, &lengths, &formats, 1)
        }
        guard sent == 1 else { throw lost("execute", wasSent: false) }
        return try answer("execute", within: time)
    }

    private mutating func prepared(_ text: String, within time: Duration) throws(PostgresError) -> String {
        if let name = statements[text] { return name }
        let name = "s\(statements.count)"
        guard PQsendPrepare(handle, name, text, 0, nil) == 1 else { throw lost("prepare", wasSent: false) }
        do { _ = try answer("prepare", within: time) } catch {
            // Preparing changes nothing, so its failure is never in doubt.
            throw PostgresError(
                "prepare", state: error.state, message: error.message, isDefinite: error.isDefinite, wasSent: false
            )
        }
        statements[text] = name
        return name
    }

    /// Waits for everything that the server says to a statement: only when it is ready again is a commit certain.
    private mutating func answer(_ call: String, within time: Duration) throws(PostgresError) -> Answer {
        let deadline = MonotonicInstant.now() + time + Self.answerTime
        var answer: Answer?
        var error: PostgresError?
        while true {
            while PQisBusy(handle) == 1 {
                let left = (deadline - .now()).milliseconds
                guard left > 0 else {
                    isBroken = true
                    throw PostgresError(call, message: "the server did not answer in time", isDefinite: false)
                }
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&waiting, 1, Int32(clamping: left + 1)) < 0, errno != EINTR { throw lost(call) }
                guard PQconsumeInput(handle) == 1 else { throw lost(call) }
            }
            guard let result = PQgetResult(handle) else { break }
            let next = Answer(result)
            if next.isGood {
                answer = consume next
            } else if error == nil {
                error = next.error(call)
            }
        }
        if PQstatus(handle) != CONNECTION_OK { isBroken = true }
        if var error {
            if isBroken { error.isDefinite = false }
            if error.isFromStandby || !error.isDefinite { isBroken = true }
            throw error
        }
        guard !isBroken, let answer else { throw lost(call) }
        return answer
    }

    private mutating func lost(_ call: String, wasSent: Bool = true) -> PostgresError {
        isBroken = true
        return PostgresError(call, message: Self.words(of: handle), isDefinite: false, wasSent: wasSent)
    }

    private static func words(of handle: OpaquePointer) -> String {
        let words = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        return words.isEmpty ? "the connection was lost" : words
    }

    /// Calls `body` while all the values stay in place.
    private static func withPointers<Result>(
        to values: ArraySlice<[UInt8]?>, _ pointers: [UnsafePointer<CChar>?],
        _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        guard let value = values.first else { return body(pointers) }
        let rest = values.dropFirst()
        guard let value else { return withPointers(to: rest, pointers + [nil], body) }
        // An empty value is not NULL: it needs an address.
        return (value.isEmpty ? [0] : value).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                withPointers(to: rest, pointers + [bytes.baseAddress], body)
            }
        }
    }
}

/// What the server said to one statement.
private struct Answer: ~Copyable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { PQclear(handle) }

    var isGood: Bool { [PGRES_TUPLES_OK, PGRES_COMMAND_OK].contains(PQresultStatus(handle)) }
    var rowCount: Int32 { PQntuples(handle) }
    var changedCount: Int { PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }

    func row(_ number: Int32) -> Row { Row(handle, number) }

    func error(_ call: String) -> PostgresError {
        func field(_ code: Character) -> String {
            PQresultErrorField(handle, Int32(code.asciiValue ?? 0)).map { String(cString: $0) } ?? ""
        }
        // `S`everity as it is in every language, S`Q`LSTATE, `M`essage: PG_DIAG_… are macros of characters.
        let message = field("M")
        return PostgresError(
            call, state: field("C"), message: message.isEmpty ? "the connection was lost" : message,
            isDefinite: field("V") == "ERROR"
        )
    }
}

import ApprovalEngine
import StorePostgres
import StoreSQLite
import Support

/// Where everything is kept, as `SYM_DATABASE_URL` names it (interface.md 3).
enum DatabaseURL: Hashable, Sendable, CustomStringConvertible {
    case sqlite(path: String)
    case postgres(url: String)

    static let standard = "sqlite:var/symflow.db"
    static let expected = "expected sqlite:PATH or postgresql://USER@HOST/DATABASE"
    /// For the help of commands.
    static let help = "sqlite:PATH or postgresql://… (SYM_DATABASE_URL, default \(standard))"

    init?(_ text: String) {
        let path = text.dropFirst("sqlite:".count)
        if text.hasPrefix("sqlite:"), !path.isEmpty {
            self = .sqlite(path: String(path))
        } else if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
            self = .postgres(url: text)
        } else {
            return nil
        }
    }

    /// What `--database` says, else the environment.
    ///
    /// - Throws: `UsageError`.
    static func chosen(_ options: Arguments, _ reader: inout EnvironmentReader) throws -> DatabaseURL {
        let text = options["--database"] ?? reader.value("SYM_DATABASE_URL") ?? standard
        guard let url = DatabaseURL(text) else {
            throw UsageError("\(expected), found \"\(text.prefix { $0 != ":" }):…\".")
        }
        return url
    }

    /// Without what may be secret.
    var description: String {
        switch self {
        case .sqlite(let path): return path
        case .postgres(let url):
            let place = url.prefix { $0 != "?" }
            guard let at = url.lastIndex(of: "@") else { return String(place) }
            // Behind a question mark it belongs to a password, here or among the parameters.
            guard at < place.endIndex else { return "postgresql://…" }
            return "postgresql://" + place[place.index(after: at)...]
        }
    }

    /// For people who are told what to write: `SYM_DATABASE_URL` without what may be secret.
    var withoutSecrets: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .postgres: "\(self)"
        }
    }

    /// - Throws: `CommandError`.
    func open() throws -> any OpenStore { try openStore() }

    /// A store with its schema, and no connection of it open.
    ///
    /// - Throws: `CommandError`.
    func openForCopy() throws -> any CopySource & CopyTarget {
        let store = try openStore()
        store.close()
        return store
    }

    private func openStore() throws -> any OpenStore & CopySource & CopyTarget {
        do {
            switch self {
            case .sqlite(let path): return try SQLiteStore(path: path)
            case .postgres(let url): return try PostgresStore(url: url)
            }
        } catch {
            throw CommandError("The database \(self) cannot be opened: \(error)")
        }
    }
}

/// A store that this process has opened, and closes.
protocol OpenStore: EngineStore, FigureStore {
    func close()
}

extension SQLiteStore: OpenStore {}
extension PostgresStore: OpenStore {}

/// A database with what belongs to it: the clock that its leases and deadlines go by, and the bells that wake those who
/// work on it.
struct Database: Sendable {
    let store: any OpenStore
    let clock: WallClock
    let waiting: any Waiting
    /// What keeps replicas together.
    let services: [any Service]

    /// - Parameter clock: of this process: what counts where the database has no clock of its own.
    init(_ url: DatabaseURL, clock: WallClock, log: Log) throws {
        let store = try url.open()
        self.store = store
        guard let shared = store as? PostgresStore, case .postgres(let url) = url else {
            self.clock = clock
            waiting = Bells(clock: clock)
            services = []
            return
        }
        self.clock = shared.clock
        let bells = SharedBells(url: url, local: Bells(clock: shared.clock), log: log)
        waiting = bells
        services = [bells, Upkeep(shared, log: log)]
    }
}

import ApprovalCore
import ApprovalEngine
import Crypto
import Support
import SymAPI

extension Command {
    static let bootstrap = Command(
        name: "bootstrap",
        summary: "Create the organisation, its first administrator and a bot; print the bot's token.",
        options: [
            Option("--org", "SLUG", "the organisation's short name, as symflow login asks for it"),
            Option("--admin", "EMAIL", "the first administrator's e-mail address, as Slack knows it"),
            Option("--database", "URL", DatabaseURL.help),
        ],
        details: """
            The token is the only thing on standard output: export SYM_JWT=$(symflow bootstrap ...). It is good for a
            year, and shown once. Without SYM_SECRET_KEY a key is made in a file beside a SQLite database; the server must
            run with the same one. Refuses where the database holds something already.
            """
    ) { options in
        guard let slug = options["--org"]?.lowercased(), let email = options["--admin"]?.lowercased() else {
            throw UsageError("--org SLUG and --admin EMAIL are needed.")
        }
        guard OrganizationRecord.isSlug(slug) else {
            throw UsageError("\"\(slug)\" is not a slug: letters, digits, dashes and underscores, at most 63.")
        }
        guard User.isEmail(email) else { throw UsageError("\"\(email)\" is not an e-mail address.") }
        var reader = EnvironmentReader()
        let url = try DatabaseURL.chosen(options, &reader)
        let key = try Self.masterKey(&reader, beside: url)
        let store = try url.open()
        defer { store.close() }
        if let obstacle = try await Bootstrap.obstacle(in: store) {
            throw CommandError(
                "The database \(url) is not empty: it holds \(obstacle). Bootstrapping is for a new one. An "
                    + "administrator can log in with symflow login, and make bots with symflow bots create."
            )
        }
        let clock = WallClock.system
        let first = Bootstrap(slug: slug, adminEmail: email, ids: .random, at: clock.now())
        do throws(StoreError) { try await first.commit(to: store, at: clock.now()) } catch {
            guard error == .conflict else { throw error }
            throw CommandError("Somebody else is bootstrapping the database \(url) at this moment.")
        }
        let authority = TokenAuthority(
            store: store, masterKey: key, clock: clock, ids: .random, role: { user in user.role ?? .guest }
        )
        let token = try await authority.issue(
            TokenAuthority.Order(
                user: first.bot, purpose: .bot, createdBy: first.admin.id, lifetime: .hours(24 * 365),
                label: "symflow bootstrap", issuer: (reader.value("SYM_PUBLIC_URL") ?? "http://localhost") + "/",
                client: slug, connection: "bot"
            )
        )
        Terminal.complain("The organisation \(slug) is there, with the administrator \(email).")
        Terminal.complain("The token of the bot \"\(Bootstrap.botName)\", good for a year; use it as SYM_JWT:")
        Terminal.print(token)
        return 0
    }

    private static func masterKey(_ reader: inout EnvironmentReader, beside database: DatabaseURL) throws -> MasterKey {
        if let text = reader.value("SYM_SECRET_KEY") {
            guard let key = MasterKey(base64: text) else {
                throw CommandError(
                    "SYM_SECRET_KEY is not 32 bytes in base64. Make one with: head -c 32 /dev/urandom | base64"
                )
            }
            return key
        }
        guard reader.problems.isEmpty else { throw CommandError(reader.problems.joined(separator: "\n")) }
        guard case .sqlite(let path) = database else {
            throw CommandError(
                "SYM_SECRET_KEY is missing: the key that all servers of this database run with. Make one with: "
                    + "head -c 32 /dev/urandom | base64"
            )
        }
        let file = KeyFile(beside: path)
        let key = try file.readOrMake()
        Terminal.complain(
            "The key is in \(file.path); keep it, and start the server with: export SYM_SECRET_KEY_FILE=\(file.path)")
        return key
    }
}

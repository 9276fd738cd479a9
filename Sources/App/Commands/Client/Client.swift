import AdminClient
import CPosix
import FoundationEssentials
import HTTPModel
import Support
import TransportCurl

/// What a command of the administrator's client has at hand.
struct Client {
    let desk: Desk
    let session: Session
    let file: LoginFile
    let transport: any HTTPTransport
    let options: Arguments

    /// - Throws: where the login file cannot be read, or an address is none.
    init(_ options: Arguments) throws {
        let screen = Terminal.screen
        var reader = EnvironmentReader()
        guard let file = LoginFile(environment: reader.variables) else {
            throw CommandError("symflow does not find the login file: set HOME or XDG_CONFIG_HOME.")
        }
        let session = try Session(
            apiURL: options["--api-url"], authURL: options["--auth-url"], login: try file.read(),
            variable: { reader.value($0) }
        )
        if let problem = reader.problems.first { throw CommandError("symflow: \(problem)") }
        let transport = CurlTransport()
        let traces = options.has("--debug")
        desk = Desk(
            api: APIClient(
                address: session.address, token: session.token, transport: transport,
                trace: { line in if traces { screen.complain("debug: " + line) } }
            ), screen: screen, json: options.has("--json"), force: options.has("--force")
        )
        self.session = session
        self.file = file
        self.transport = transport
        self.options = options
    }
}

enum ClientOptions {
    /// Also allowed before the command, where Sym's CLI has them.
    static let everywhere = [
        Command.Option("--api-url", "URL", "where the API is (SYM_API_URL, default \(Session.defaultAddress))"),
        Command.Option("--auth-url", "URL", "where symflow login goes (SYM_AUTH_URL, default the API's host)"),
        Command.Option("--debug", "say on standard error which calls are made"),
        Command.Option("--json", "answer in JSON"),
    ]
    static let force = Command.Option("--force", "do not ask before something is destroyed")
    static let serviceType = Command.Option("--service-type", "TYPE", "the type of service, such as slack or aws_sso")
    static let externalID = Command.Option("--external-id", "ID", "which of the services of that type")
}

extension Command {
    /// A command that calls the API.
    static func client(
        _ name: String, takes operands: [String] = [], _ summary: String, _ options: [Option] = [],
        details: String = "",
        run: @escaping @Sendable (Client, Arguments) async throws -> Void
    ) -> Command {
        Command(
            name: name, operands: operands, summary: summary, options: options + ClientOptions.everywhere,
            details: details
        ) { arguments in
            do {
                try await run(try Client(arguments), arguments)
                return 0
            } catch let error as ClientError {
                if error.code == .usage, !arguments.has("--json") {
                    throw UsageError(error.message + (error.hint.map { " " + $0 } ?? ""))
                }
                Terminal.complain(arguments.has("--json") ? error.json.compact : error.text)
                return error.code.rawValue
            }
        }
    }

    static func group(_ name: String, _ summary: String, _ subcommands: [Command]) -> Command {
        Command(name: name, summary: summary, subcommands: subcommands)
    }
}

extension Terminal {
    static var screen: Screen {
        let columns = Int(cposix_terminal_columns(1))
        return Screen(
            print: { Terminal.print($0) }, complain: { Terminal.complain($0) },
            ask: { question in
                Terminal.prompt(question)
                guard let answer = readLine(strippingNewline: true) else {
                    Terminal.prompt("\n")
                    return nil
                }
                return answer
            }, columns: columns > 0 ? columns : nil
        )
    }
}

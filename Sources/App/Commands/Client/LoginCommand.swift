import AdminClient
import FoundationEssentials
import Glibc
import HTTPModel
import ServerMicroHTTPD
import Support
import Synchronization

extension Command {
    static let login = client(
        "login", "Log in with your browser, and remember it in the login file.",
        [
            Option("--org-id", "ORG", "the organisation; /sym whoami in Slack says it"),
            Option("--port", "PORT", "where the browser comes back to, on this machine (default 11001)"),
        ],
        details:
            "The login file is shared with Sym's CLI and Terraform provider: $XDG_CONFIG_HOME/symflow/default/config.yml."
    ) { client, words in
        guard client.session.source == .loginFile else {
            throw ClientError(
                .failed, "SYM_JWT says who you are, so a login would change nothing.", hint: "Run: unset SYM_JWT"
            )
        }
        guard
            let organization = words["--org-id"] ?? client.session.login.organization
                ?? client.desk.screen.ask("Organisation: ")?.trimmed, !organization.isEmpty
        else { throw UsageError("--org-id is missing.") }
        let portText = words["--port"] ?? "\(LoginFlow.defaultPort)"
        guard let port = Int(portText), (0...65535).contains(port) else {
            throw UsageError("--port: \"\(portText)\" is not a port.")
        }
        let flow = LoginFlow(
            client.desk, authAddress: client.session.authAddress, transport: client.transport,
            machine: LoginFlow.Machine(listen: CallbackListener.listen, openBrowser: { Browser.open($0) })
        )
        var login = client.session.login
        try await flow.run(organization: organization, port: port, into: &login)
        try client.file.write(login)
    }
}

/// Waits on a loopback port for the browser to come back from the login.
enum CallbackListener {
    /// As long as a person may take.
    private static let patience: Duration = .seconds(600)

    static func listen(
        _ port: Int, _ started: @escaping @Sendable (Int) -> Void,
        _ judge: @escaping @Sendable ([String: String]) -> Bool
    ) async throws(ClientError) -> [String: String] {
        let (answers, continuation) = AsyncStream<[String: String]>.makeStream()
        let server = MicroHTTPServer(
            settings: ServerSettings(host: "127.0.0.1", port: port),
            handler: CallbackPage(judge: judge, answers: continuation), log: Log(threshold: .error)
        )
        do { started(try server.start()) } catch {
            throw .failed("Nothing can listen on port \(port): \(error)", hint: "Name another one with --port.")
        }
        let running = Task { try await server.run() }
        let patience = Task {
            try await Task.sleep(for: Self.patience)
            continuation.finish()
        }
        var answer: [String: String]?
        for await query in answers {
            answer = query
            break
        }
        patience.cancel()
        running.cancel()
        _ = await running.result
        guard let answer else {
            throw .failed("Nobody logged in within \(Self.patience.components.seconds / 60) minutes.")
        }
        return answer
    }
}

/// What the browser sees at `/callback`.
private struct CallbackPage: HTTPHandler {
    let judge: @Sendable ([String: String]) -> Bool
    let answers: AsyncStream<[String: String]>.Continuation

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        guard request.method == "GET", request.path == "/callback" else {
            return .text("There is nothing here.\n", status: 404)
        }
        let fields = FormURLEncoded.decode(Array(request.query.utf8)) ?? []
        let query = Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
        guard judge(query) else {
            return page(
                "This is not the login that was begun", "Close this page and run symflow login again.", status: 400
            )
        }
        answers.yield(query)
        return query["code"] == nil
            ? page("The login was refused", "The terminal says why.")
            : page("Done", "Go back to the terminal; this page can be closed.")
    }

    private func page(_ title: String, _ text: String, status: Int = 200) -> HTTPResponse {
        let html =
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>symflow: \(title)</title>"
            + "<body style=\"font: 1.1rem system-ui; margin: 4rem auto; max-width: 30rem\"><h1>\(title)</h1><p>\(text)</p>"
        return HTTPResponse(
            status: status,
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
                "Referrer-Policy": "no-referrer",
            ], body: Array(html.utf8)
        )
    }
}

/// The person's browser, where there is one to be found.
private enum Browser {
    static func open(_ address: String) {
        let environment = ProcessInfo.processInfo.environment
        let hasScreen = ["DISPLAY", "WAYLAND_DISPLAY"].contains { environment[$0]?.isEmpty == false }
        guard let program = environment["BROWSER"] ?? (hasScreen ? "xdg-open" : nil), !program.isEmpty else { return }
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(address), nil]
        defer { for argument in arguments { free(argument) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [Int32(0), 1, 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var process: pid_t = 0
        // Whether it worked shows in the browser; the address is on the screen in any case.
        _ = posix_spawnp(&process, program, &actions, nil, &arguments, environ)
    }
}

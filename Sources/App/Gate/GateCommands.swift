import AdminClient
import ApprovalCore
import Glibc
import Support

extension Command {
    private static let asking = [
        Option("--flow", "SRN", "the flow to ask, such as acme:flow:deploy:latest"),
        Option("--input", "NAME=VALUE", "the value of a field; once for each field"),
        Option("--reason", "TEXT", "short for --input reason=TEXT"),
        Option("--target", "SRN", "what access is for, in flows that give access"),
        Option("--duration", "TIME", "how long access lasts: 30m, 1h"),
        Option("--on-behalf-of", "WHO", "e-mail address or user id of the person who asks (for bots)"),
        Option("--context", "FILE", "a JSON object that the flow's code can read (- for standard input)"),
        Option("--timeout", "TIME", "wait no longer than this (default: until the request expires)"),
    ]

    static let request = Command(
        name: "request", summary: "Ask for an approval, and wait for the answer.",
        options: asking + [
            Option("--wait", "wait for the answer: exit code 0 when it is yes, 1 for everything else"),
            Option("--run", "ID", "look at a request that was made before; with --wait, wait for its answer"),
            Option("--idempotency-key", "KEY", "makes a repeated call the same request, for 24 hours"),
        ] + ClientOptions.everywhere,
        details: """
            SYM_API_URL is the address of the API (https://HOST/api/v1), SYM_JWT the token to ask with. A server that is
            being restarted is waited for. Ctrl-C ends the waiting, not the request. --json prints the run on standard
            output.
            """
    ) { options in
        try await GateSession.guarding {
            let session = try GateSession(options)
            return try await session.request(options)
        }
    }

    static let run = Command(
        name: "run", operands: ["COMMAND..."],
        summary: "Run a command once it is approved, exactly as it was asked for.",
        options: asking + ClientOptions.everywhere,
        details: """
            The command, its folder, the machine, the commit that is checked out and a hash of everything that differs
            from it (files that git ignores, and changes within submodules, apart) are on the card and part of what is approved. Right before it starts
            all of it is looked at again. The command gets this terminal, and signals; its exit code is this one's,
            and is put on record with the run. Exit code 1 when it was not approved. SYM_API_URL and SYM_JWT as for
            symflow request.
            """
    ) { options in
        guard let program = options.operands.first, !program.isEmpty else {
            throw UsageError("which command? symflow run --flow SRN -- COMMAND...")
        }
        return try await GateSession.guarding {
            let session = try GateSession(options)
            return try await session.run(options, program: options.operands)
        }
    }
}

/// One use of the gate from the command line.
struct GateSession: Sendable {
    private let gate: Gate
    private let display: GateDisplay
    private let signals: GateSignals

    private static let contextBytesMax = 4 << 20

    init(_ options: Arguments) throws {
        let client = try Client(options)
        guard let token = client.session.token else { throw ClientError.notLoggedIn }
        let address = client.session.address
        let display = GateDisplay()
        let pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        gate = Gate(
            client: GateClient(
                transport: client.transport, address: address, token: token, wait: pause,
                trouble: { display.show("\($0); trying again") }
            ), now: { .now() }, pause: pause, progress: { display.show($0.progress) }
        )
        self.display = display
        signals = GateSignals()
    }

    /// What the gate throws, in the words of the command line.
    static func guarding(_ body: () async throws -> Int32) async throws -> Int32 {
        do { return try await body() } catch let error as GateError {
            throw CommandError("symflow: \(error.message)")
        } catch let error as ClientError {
            throw CommandError(error.text)
        }
    }

    // MARK: Asking

    func request(_ options: Arguments) async throws -> Int32 {
        let run: String
        var event: String?
        if let id = options["--run"] {
            run = id
        } else {
            let key = options["--idempotency-key"] ?? IDGenerator.random.next()
            let asked = try await gate.ask(try asking(options), key: key)
            (run, event) = (asked.run, asked.event)
            display.say("Asked: run \(run)")
        }
        let seen: GateRun
        if options.has("--wait") {
            seen = try await answer(to: run, event: event, options)
            display.say(seen.sentence)
        } else {
            seen = try await gate.look(at: run)
            display.say(seen.answer == .waiting ? seen.progress + "." : seen.sentence)
        }
        if options.has("--json") { Terminal.print(JSONValue.object(seen.document).pretty.trimmed) }
        return options.has("--wait") && seen.answer != .yes || seen.answer == .no ? ExitCode.failure : 0
    }

    private func asking(_ options: Arguments) throws -> GateRequest {
        guard let flow = options["--flow"] else {
            throw UsageError("--flow is missing: which flow is asked?")
        }
        var request = GateRequest(flow: flow, target: options["--target"], onBehalfOf: options["--on-behalf-of"])
        for input in options.all("--input") { try request.add(input: input) }
        if let reason = options["--reason"] { try request.add(input: "reason=" + reason) }
        if let duration = options["--duration"] { try request.set(duration: duration) }
        if let file = options["--context"] {
            guard let bytes = file == "-" ? StandardInput.readAll(Self.contextBytesMax) : Files.read(file) else {
                throw CommandError("--context \(file): the file cannot be read.")
            }
            try request.set(context: bytes, from: file)
        }
        return request
    }

    private func answer(to run: String, event: String?, _ options: Arguments) async throws -> GateRun {
        var limit: Duration?
        if let text = options["--timeout"] {
            var parsed = GateRequest(flow: "")
            do { try parsed.set(duration: text) } catch {
                throw UsageError("--timeout \(text): expected a length of time such as 30m or 1h.")
            }
            limit = parsed.durationSeconds.map { .seconds($0) }
        }
        // Ctrl-C ends the waiting. What was asked goes on, and the person must know where.
        let display = display
        signals.interrupted {
            display.clear()
            Terminal.complain("Not waiting any longer. The request goes on; look at it, or wait again, with:")
            Terminal.complain("  symflow request --run \(run) --wait")
        }
        defer { signals.nothingIsInterrupted() }
        display.begin()
        defer { display.end() }
        return try await gate.answer(to: run, event: event, within: limit)
    }

    // MARK: Running

    func run(_ options: Arguments, program: [String]) async throws -> Int32 {
        let command = try WorkingTree.command(program)
        var request = try asking(options)
        request.command = command
        let asked = try await gate.ask(request, key: IDGenerator.random.next())
        display.say("Asked for: \(command.text)")
        display.say("Run \(asked.run)")
        let seen = try await answer(to: asked.run, event: asked.event, options)
        display.say(seen.sentence)
        guard seen.answer == .yes else { return ExitCode.failure }
        let now = try WorkingTree.command(program)
        let differences = now.differences(from: command)
        guard differences.isEmpty else {
            let reason =
                "What would run is no longer what was approved: "
                + differences.joined(separator: ", ") + " changed."
            try? await gate.end(.notRun(reason: reason), of: asked.run)
            throw GateError("\(reason) Nothing was run; ask again.")
        }
        try await gate.begin(now, of: asked.run, attempt: String(IDGenerator.random.next().prefix(13)))
        let end: CommandEnd
        do {
            let running = try RunningCommand(program)
            signals.forward { running.receive($0) }
            end = await running.end(within: seen.maxRuntimeSeconds.map { .seconds($0) }) { limit in
                Terminal.complain("symflow: ended after \(limit.components.seconds) seconds, the longest it may run")
            }
        } catch let error as CommandError {
            try? await gate.end(.notRun(reason: error.message), of: asked.run)
            throw error
        }
        do { try await gate.end(end, of: asked.run) } catch {
            Terminal.complain("symflow: how the command ended could not be put on record: \(error)")
        }
        switch end {
        case .exited(let status): return Int32(status)
        case .killed(let signal): return 128 + Int32(signal)
        case .notRun: return ExitCode.failure
        }
    }
}

private enum StandardInput {
    static func readAll(_ bytesMax: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(0, &buffer, buffer.count)
            guard count >= 0, bytes.count + count <= bytesMax else { return nil }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}

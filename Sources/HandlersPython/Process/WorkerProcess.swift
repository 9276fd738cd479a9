import CPosix
package import Support

/// One Python process. Asked one question at a time; ended for good by the first that it does not answer well.
///
/// What it says is not believed further than the flow whose code it runs: see `symflow_worker/protocol.py`.
package actor WorkerProcess {
    private let executor = SerialQueueExecutor(label: "python worker")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var child: ChildProcess?
    private var frames = FrameBuffer()
    private var questions: Int64 = 0
    /// What the process has written past `sys.stdout` while being asked this question.
    private var rawOutput: [UInt8] = []
    private var outputIsOpen = true

    /// How long a process may take to say hello.
    package static let startTime: Duration = .seconds(15)
    /// What is kept of output that goes past `sys.stdout`; the rest is read and dropped.
    static let rawOutputBytesMax = 16 * 1024
    /// What is logged of a handler's prints; the worker counts too, but user code could speak for it.
    static let printCharactersMax = 80 * 1024
    /// Longest frame to a worker.
    static let answerBytesMax = 16 << 20
    private static let readBytes = 64 * 1024
    /// How often it is looked whether the process still lives, while its connection is held open by somebody else.
    private static let lookMilliseconds: Int64 = 250
    private static let protocolVersion: Int64 = 1

    package init() {}

    /// What a worker asks for while it answers.
    package struct Company: Sendable {
        /// Carries out a call of the SDK.
        package var serve: @Sendable (_ name: String, _ arguments: JSONObject) async -> BridgeAnswer
        /// Takes what the handler prints, a line at a time.
        package var print: @Sendable (_ stream: String, _ text: String) -> Void

        package init(
            serve: @escaping @Sendable (_ name: String, _ arguments: JSONObject) async -> BridgeAnswer,
            print: @escaping @Sendable (_ stream: String, _ text: String) -> Void
        ) {
            self.serve = serve
            self.print = print
        }
    }

    /// Starts the process and waits for its hello.
    ///
    /// - Returns: the hello.
    @discardableResult
    func start(_ command: WorkerCommand, with spawner: Spawner) async throws(WorkerError) -> JSONObject {
        child = ChildProcess(try await spawner.spawn(command))
        let hello: JSONObject
        do throws(WorkerError) {
            hello = try receive(until: .now() + Self.startTime, limit: Self.startTime)
        } catch {
            let said = lines(of: rawOutput).suffix(3).joined(separator: " | ")
            end()
            throw .cannotStart(error.report + (said.isEmpty ? "" : ": " + said))
        }
        let problem: String?
        switch hello["type"]?.text {
        case "hello" where hello["protocol"]?.integer == Self.protocolVersion: problem = hello["problem"]?.text
        case "hello": problem = "it speaks another version of the protocol"
        default: problem = "it did not say hello"
        }
        if let problem {
            end()
            throw .cannotStart(problem)
        }
        return hello
    }

    /// Puts a question and waits for its answer, carrying out what the worker asks for meanwhile.
    ///
    /// - Parameter limit: from now; what is carried out for the worker is part of it.
    /// - Returns: the answer, whose type is `expected`.
    package func ask(
        _ type: String, _ members: JSONObject, expecting expected: String, within limit: Duration, company: Company
    ) async throws(WorkerError) -> JSONObject {
        questions += 1
        let id = questions
        var question: JSONObject = ["type": .string(type), "id": .int(id)]
        for (name, value) in members { question[name] = value }
        do throws(WorkerError) {
            return try await answer(to: question, id, expecting: expected, within: limit, company: company)
        } catch {
            report(to: company)
            if case .failed = error {} else { end() }
            throw error
        }
    }

    /// Ends the process and all that it started.
    package func end() { child = nil }

    // MARK: One question

    private func answer(
        to question: JSONObject, _ id: Int64, expecting expected: String, within limit: Duration, company: Company
    ) async throws(WorkerError) -> JSONObject {
        let deadline = MonotonicInstant.now() + limit
        var printed = 0
        try send(question, until: deadline, limit: limit)
        while true {
            let message = try receive(until: deadline, limit: limit)
            switch message["type"]?.text {
            case expected where message["id"]?.integer == id:
                report(to: company)
                return message
            case "failed" where message["id"]?.integer == id: throw .failed(HandlerFault(message["error"]))
            case "print":
                let text = message["text"]?.text ?? ""
                if printed < Self.printCharactersMax { company.print(message["stream"]?.text ?? "stdout", text) }
                printed += text.utf8.count + 1
            case "request":
                guard let request = message["id"]?.integer, let name = message["name"]?.text else {
                    throw .garbage("a request without id or name")
                }
                let arguments = message["arguments"]?.object ?? [:]
                let answer = try await Self.race(deadline, limit) { await company.serve(name, arguments) }
                var reply = answer.members
                reply["id"] = .int(request)
                try send(reply, until: deadline, limit: limit)
            case let type: throw .garbage("a message of type \"\(type ?? "")\" that nobody waits for")
            }
        }
    }

    /// What is carried out for the worker ends with the worker's time.
    private static func race(
        _ deadline: MonotonicInstant, _ limit: Duration, _ body: @escaping @Sendable () async -> BridgeAnswer
    ) async throws(WorkerError) -> BridgeAnswer {
        let left = deadline - .now()
        let answer = await withTaskGroup(of: BridgeAnswer?.self) { group in
            group.addTask { await body() }
            group.addTask {
                try? await Task.sleep(for: left)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard let answer else { throw .timedOut(after: limit) }
        return answer
    }

    /// Output that went past `sys.stdout`.
    private func report(to company: Company) {
        drainOutput()
        for line in lines(of: rawOutput) { company.print("output", line) }
        rawOutput = []
    }

    private func lines(of bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Frames

    private func send(_ message: JSONObject, until deadline: MonotonicInstant, limit: Duration) throws(WorkerError) {
        guard let connection = child?.connection else { throw .died("it was ended before") }
        let bytes = FrameBuffer.frame(message)
        guard bytes.count <= Self.answerBytesMax else {
            throw .garbage("what it asked for comes to \(bytes.count) bytes, more than \(Self.answerBytesMax)")
        }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                cposix_send_some(connection, $0.baseAddress! + sent, bytes.count - sent)
            }
            switch count {
            case -2: try wait(toWrite: true, until: deadline, limit: limit)
            case ..<0: throw .died(ending())
            default: sent += count
            }
        }
    }

    private func receive(until deadline: MonotonicInstant, limit: Duration) throws(WorkerError) -> JSONObject {
        while true {
            if let frame = try frames.next() { return frame }
            try wait(toWrite: false, until: deadline, limit: limit)
            try read()
        }
    }

    /// Takes in what the worker has sent. Reads once: whoever sends without end is met by the deadline.
    private func read() throws(WorkerError) {
        guard let connection = child?.connection else { throw .died("it was ended before") }
        var count = 0
        let read = [UInt8](unsafeUninitializedCapacity: Self.readBytes) { buffer, filled in
            count = cposix_read_some(connection, buffer.baseAddress, buffer.count)
            filled = max(count, 0)
        }
        guard count > 0 else { throw .died(ending()) }
        try frames.append(read)
    }

    /// Until the connection can be read, or written.
    private func wait(toWrite: Bool, until deadline: MonotonicInstant, limit: Duration) throws(WorkerError) {
        guard let connection = child?.connection, let output = child?.output else { throw .died("it was ended before") }
        while true {
            let left = (deadline - .now()).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { throw .timedOut(after: limit) }
            let found = cposix_poll(
                connection, toWrite ? 1 : 0, outputIsOpen ? output : -1,
                Int32(min(milliseconds, Self.lookMilliseconds))
            )
            guard found >= 0 else { throw .died("its connection failed") }
            if found & Int32(CPOSIX_OTHER_READABLE) != 0 { drainOutput() }
            if found & Int32(toWrite ? CPOSIX_WRITABLE : CPOSIX_READABLE) != 0 { return }
            // A thread of the handler says something while an answer is on its way to it; or the connection has ended.
            if found & Int32(CPOSIX_READABLE) != 0 { try read() }
            if found == 0, child?.hasEnded ?? true { throw .died(ending()) }
        }
    }

    private func drainOutput() {
        guard outputIsOpen, let output = child?.output else { return }
        for _ in 0..<Self.drainsMax {
            var count = 0
            let read = [UInt8](unsafeUninitializedCapacity: Self.readBytes) { buffer, filled in
                count = cposix_read_some(output, buffer.baseAddress, buffer.count)
                filled = max(count, 0)
            }
            if count == 0 || count == -1 { outputIsOpen = false }
            guard count > 0 else { return }
            rawOutput += read.prefix(max(Self.rawOutputBytesMax - rawOutput.count, 0))
        }
    }

    /// So often output is read before the connection and the deadline are looked at again.
    private static let drainsMax = 16

    /// Why the process is gone. Its connection ends a moment before the process does.
    private func ending() -> String {
        for _ in 0..<Self.endingLooks where child?.hasEnded == false { _ = cposix_poll(-1, 0, -1, 10) }
        guard let child = child.take() else { return "it was ended before" }
        let hadEnded = child.hasEnded
        var ending = child.end()
        guard hadEnded else { return "it closed its connection" }
        // bubblewrap passes a signal on as a shell does.
        if ending.code > Self.shellSignals { ending = .init(code: -1, signal: ending.code - Self.shellSignals) }
        guard ending.code < 0 else { return "exit status \(ending.code)" }
        return Self.signals[ending.signal] ?? "signal \(ending.signal)"
    }

    private static let endingLooks = 50
    private static let shellSignals: Int32 = 128
    private static let signals: [Int32: String] = [
        6: "it aborted (SIGABRT)", 9: "it was killed (SIGKILL)", 11: "its memory is corrupted (SIGSEGV)",
        15: "it was terminated (SIGTERM)", 24: "it used up its processor time (SIGXCPU)",
        25: "it wrote too large a file (SIGXFSZ)",
    ]
}

/// What the server says to a call of the SDK.
package enum BridgeAnswer: Hashable, Sendable {
    case value(JSONValue)
    /// `code` is the SDK's `<error_type>:<name>`.
    case error(code: String, message: String)

    var members: JSONObject {
        switch self {
        case .value(let value): ["type": "answer", "value": value]
        case .error(let code, let message):
            ["type": "error", "error": ["code": .string(code), "message": .string(message)]]
        }
    }
}

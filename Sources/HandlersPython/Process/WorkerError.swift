import Support

/// Why a worker gave no answer. After any of these the process is ended: whatever state it is in, nobody else gets it.
package enum WorkerError: Error, Hashable, Sendable {
    /// The process could not be started, or something that it needs is missing.
    case cannotStart(String)
    /// No process became free in time.
    case busy(String)
    case timedOut(after: Duration)
    /// The process ended within a question: `os._exit`, a signal, a limit.
    case died(String)
    /// It sent what is no frame, too much, or something that does not belong there.
    case garbage(String)
    /// The handler itself failed, and the worker said how.
    case failed(HandlerFault)
}

extension WorkerError {
    /// A sentence for the author of the handler.
    package var report: String {
        switch self {
        case .cannotStart(let reason): "Python cannot be started: \(reason)"
        case .busy(let reason): reason
        case .timedOut(let limit): "did not answer within \(limit.secondsText) and was ended"
        case .died(let reason): "its process ended in the middle: \(reason)"
        case .garbage(let reason): "its process broke the protocol and was ended: \(reason)"
        case .failed(let fault): fault.report
        }
    }
}

/// How a handler failed: `ERROR` of the worker's protocol.
package struct HandlerFault: Hashable, Sendable {
    package var kind: String
    package var message: String
    /// The exception's class.
    package var exception: String?
    /// `<error_type>:<name>` of a `SymException`.
    package var code: String?
    /// Frames of user code, outermost first.
    package var traceback: [Frame]

    package struct Frame: Hashable, Sendable {
        package var file: String
        package var line: Int64
        package var function: String
    }

    /// `impl.py, line 12, in on_request: KeyError: 'reason'`
    package var report: String {
        let place = traceback.last.map { frame in
            "\(frame.file), line \(frame.line)" + (frame.function.isEmpty ? "" : ", in \(frame.function)") + ": "
        }
        let name = exception.map { $0 + (message.isEmpty ? "" : ": ") } ?? ""
        return (place ?? "") + name + message + (code.map { " (\($0))" } ?? "")
    }
}

extension HandlerFault {
    init(_ error: JSONValue?) {
        kind = error?["kind"]?.text ?? "unknown"
        message = error?["message"]?.text ?? "failed without saying why"
        exception = error?["exception"]?.text
        code = error?["code"]?.text
        traceback = (error?["traceback"]?.elements ?? []).map { frame in
            Frame(
                file: frame["file"]?.text ?? "?", line: frame["line"]?.integer ?? 0,
                function: frame["function"]?.text ?? ""
            )
        }
    }
}

extension Duration {
    /// `10 s`, `0.5 s`.
    var secondsText: String {
        // To a hundredth: a moment may have gone by since the limit was set.
        let milliseconds =
            (components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 + 5) / 10 * 10
        guard milliseconds % 1000 != 0 else { return "\(milliseconds / 1000) s" }
        var fraction = "\(1000 + milliseconds % 1000)".dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "\(milliseconds / 1000).\(fraction) s"
    }
}

import ApprovalCore
package import ApprovalEngine
package import HTTPModel
package import Support

/// The `http` strategy: a signed call to an address of the target switches access on, and another one off.
///
/// `HTTPDocument` says what is sent, `HTTPSignature` how it is signed, `HTTPAnswer` what the answers mean. One call per
/// invocation: when to call again is the engine's to decide, and the idempotency key makes the second time count for
/// nothing.
package struct HTTPStrategy: AccessStrategy {
    /// The `type` of strategies in the configuration.
    package static let type = "http"
    /// A longer answer is not read. The call reached the target all the same.
    static let answerBytesMax = 64 * 1024

    private let transport: any HTTPTransport
    private let secrets: SecretReader
    private let timeoutDefault: @Sendable () -> Duration
    private let clock: WallClock
    private let log: Log

    /// - Parameter timeoutDefault: for one call of a strategy that has no `timeout` of its own: the installation's
    ///   `settings.http.timeout`.
    package init(
        transport: any HTTPTransport, secrets: SecretReader, timeoutDefault: @escaping @Sendable () -> Duration,
        clock: WallClock, log: Log
    ) {
        self.transport = transport
        self.secrets = secrets
        self.timeoutDefault = timeoutDefault
        self.clock = clock
        self.log = log
    }

    /// Per run, unless the target says `shared` (decisions.md 6). A field of the form cannot say so.
    package func sharing(_ order: AccessOrder) -> Sharing {
        order.target?.settings["shared"] == "true" ? .membership : .perRun
    }

    package func escalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        output(of: try await call(.escalate, order), order)
    }

    @discardableResult
    package func deescalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        output(of: try await call(.deescalate, order), order)
    }

    private func output(of answer: HTTPAnswer, _ order: AccessOrder) -> String? {
        do throws(HTTPAnswer.UnusableOutput) { return try answer.output() } catch {
            log.warning(
                "the target did as it was asked, but its output cannot be kept",
                ["request": order.run.id.text, "error": error.sentence]
            )
            return nil
        }
    }

    private func call(_ step: HTTPStep, _ order: AccessOrder) async throws(StrategyError) -> HTTPAnswer {
        let settings = try HTTPSettings(order, timeoutDefault: timeoutDefault())
        let request = try request(step, order, settings)
        let response: HTTPResponse
        do throws(TransportError) {
            response = try await transport.send(
                request, within: settings.timeout, bodyBytesMax: Self.answerBytesMax
            )
        } catch {
            throw error.mayHaveArrived ? .ambiguous(error.sentence) : .notSent(error.sentence)
        }
        let answer = HTTPAnswer(response: response, step: step)
        try answer.check()
        return answer
    }

    private func request(
        _ step: HTTPStep, _ order: AccessOrder, _ settings: HTTPSettings
    ) throws(StrategyError) -> HTTPRequest {
        let secret: Secret
        do throws(SecretError) { secret = try secrets.read(settings.signingSecret) } catch {
            throw .notSent(error.reason)
        }
        let body = HTTPDocument(step, order, settings: settings.forTarget).json.bytes
        let timestamp = String(clock.now().seconds)
        return HTTPRequest(
            method: "POST", target: settings.url,
            headers: [
                "Content-Type": "application/json", "Accept": "application/json", "User-Agent": "symflow",
                "Idempotency-Key": order.idempotencyKey, HTTPSignature.timestampHeader: timestamp,
                HTTPSignature.header: HTTPSignature.signature(of: body, at: timestamp, secret: secret),
            ],
            body: body
        )
    }
}

extension TransportError {
    fileprivate var sentence: String {
        switch self {
        case .unreachable(let reason): "The target could not be reached: \(reason)."
        case .timedOut(let time): "The target did not answer within \(time.milliseconds) ms."
        case .interrupted(let reason): "The connection to the target broke: \(reason)."
        case .responseTooLarge(let limit): "The target's answer is longer than \(limit) bytes."
        case .cancelled: "The call to the target was broken off."
        case .invalidRequest(let reason): "The target cannot be called: \(reason)."
        }
    }
}

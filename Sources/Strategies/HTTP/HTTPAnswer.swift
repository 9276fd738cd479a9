import ApprovalEngine
import HTTPModel
import Support

/// What a target system's answer says about the one thing that counts: did it do what it was asked?
///
/// | status | means | becomes |
/// |---|---|---|
/// | 202, 409 with `{"status": "in_progress"}` | it is at work on this very key | ambiguous: asked again |
/// | other 2xx | done, now or under this key before | granted, removed |
/// | 404, 410 when taking access back | there is nothing to take back | removed |
/// | 408, 425, 429 | turned away before anything was done (RFC 9110, 8470, 6585) | not sent: asked again |
/// | 503 with `Retry-After` | the same, said by the target itself | not sent: asked again |
/// | 3xx | another address would be called than the one that was approved | refused |
/// | 501, 505 | it cannot do this at all | refused |
/// | other 4xx | no | refused, with its `error` |
/// | 500, 502, 503, 504, other 5xx | it, or a gateway before it, broke off: perhaps after doing it | ambiguous |
/// | anything else | no HTTP that we know | ambiguous |
///
/// What becomes of each, and how often it is asked again, is the engine's to decide.
struct HTTPAnswer {
    var response: HTTPResponse
    var step: HTTPStep

    /// A longer output is not kept.
    static let outputBytesMax = 16 * 1024
    /// Of an error's text, in Unicode scalars.
    static let errorLengthMax = 300

    /// Whether the target did what it was asked.
    func check() throws(StrategyError) {
        let status = response.status
        switch status {
        case 202, 409:
            if isInProgress { throw .ambiguous("The target is still working on this.") }
            if status == 409 { throw .refused(sentence) }
        case 200..<300: break
        case 404, 410:
            guard step == .deescalate else { throw .refused(sentence) }
        case 300..<400: throw .refused("The target answered \(status): redirects are not followed.")
        case 408, 425, 429: throw .notSent(sentence)
        case 503 where response.headers["Retry-After"] != nil: throw .notSent(sentence)
        case 400..<500, 501, 505: throw .refused(sentence)
        default: throw .ambiguous(sentence)
        }
    }

    /// What is kept for taking access back: the `output` object of the body.
    ///
    /// - Throws: a sentence for the log. Access is on all the same.
    func output() throws(UnusableOutput) -> String? {
        guard !response.bytes.isEmpty else { return nil }
        guard let body = try? JSONValue(parsing: response.bytes), body.object != nil else {
            throw UnusableOutput(sentence: "the body is no JSON object")
        }
        switch body["output"] {
        case nil, .null: return nil
        case .object(let output)?:
            let text = JSONValue.object(output).compact
            guard text.utf8.count <= Self.outputBytesMax else {
                throw UnusableOutput(sentence: "the output is longer than \(Self.outputBytesMax) bytes")
            }
            return text
        case let other?: throw UnusableOutput(sentence: "the output is \(other.kind), not an object")
        }
    }

    struct UnusableOutput: Error { var sentence: String }

    private var isInProgress: Bool { body?["status"]?.text == "in_progress" }

    private var body: JSONValue? { try? JSONValue(parsing: response.bytes) }

    /// The status, and what the target says about it: `error` as a text, or its `message`.
    private var sentence: String {
        let start = "The target answered \(response.status)"
        guard let error = body?["error"], let text = (error.text ?? error["message"]?.text)?.trimmed, !text.isEmpty
        else { return start + "." }
        let scalars = text.unicodeScalars
        guard scalars.count > Self.errorLengthMax else { return start + ": " + text }
        return start + ": " + String(String.UnicodeScalarView(scalars.prefix(Self.errorLengthMax - 1))) + "…"
    }
}

// Everything that reads bytes from outside, as libFuzzer drives it: `symflow-fuzz` takes the target's name from
// FUZZ_TARGET. A target must not crash, and its promises about what it read must hold.

import ApprovalCore
import ApprovalEngine
import Dispatch
import FlowConfig
import Glibc
import SlackContract
import Support

@testable import HandlersPython

let targets: [String: @Sendable ([UInt8]) -> Void] = [
    "form": form, "json": json, "lenient-json": lenientJSON, "slack": slack, "signature": signature, "text": text,
    "configuration": configuration, "zone": zone, "frames": frames, "stored-run": storedRun, "srn": srn, "token": token,
    "entity": entity, "calls": calls, "worker-calls": workerCalls, "handler-answers": handlerAnswers,
    "target-answer": targetAnswer, "planted": planted,
]

let target: @Sendable ([UInt8]) -> Void = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = targets[name] else {
        fatalError("FUZZ_TARGET is \"\(name)\", expected one of \(targets.keys.sorted().joined(separator: ", "))")
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

/// Does what takes a while, to its end. Nothing may fail but what a worker does wrong.
func finish(_ body: @escaping @Sendable () async throws -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task {
        do { try await body() } catch is WorkerError {} catch { fatalError("\(error)") }
        done.signal()
    }
    done.wait()
}

@Sendable func form(_ bytes: [UInt8]) {
    guard let fields = FormURLEncoded.decode(bytes) else { return }
    precondition(fields.count <= FormURLEncoded.fieldsMax)
    let again = FormURLEncoded.decode(Array(FormURLEncoded.encode(fields.map { ($0.name, $0.value) }).utf8))
    precondition(again?.map(\.name) == fields.map(\.name), "names change on their way")
    precondition(again?.map(\.value) == fields.map(\.value), "values change on their way")
}

@Sendable func json(_ bytes: [UInt8]) {
    guard let value = try? JSONValue(parsing: bytes) else { return }
    // What nobody looks at may be left out; everything else is read as it is.
    var message = value["message"]?.object
    message?["blocks"] = nil
    var rest = value
    if var object = value.object, let message {
        object["message"] = .object(message)
        rest = .object(object)
    }
    precondition((try? JSONValue(parsing: bytes, leavingOut: .init("blocks", of: "message"))) == rest)
    for text in [value.compact, value.pretty] {
        precondition((try? JSONValue(parsing: text)) == value, "a value changes on its way")
    }
    // Documents that are hashed hold no fractions: whoever makes one is wrong (decisions.md 3).
    guard !value.holdsDouble else { return }
    guard let canonical = try? JSONValue(parsing: value.canonical) else { preconditionFailure("canonical is not JSON") }
    precondition(canonical.canonical == value.canonical, "canonical is not its own canonical form")
}

extension JSONValue {
    var holdsDouble: Bool {
        switch self {
        case .double: true
        case .array(let elements): elements.contains(where: \.holdsDouble)
        case .object(let object): object.contains { $0.value.holdsDouble }
        default: false
        }
    }
}

@Sendable func lenientJSON(_ bytes: [UInt8]) {
    guard let value = try? JSONValue(parsing: bytes, allowing: [.comments, .trailingCommas]) else { return }
    precondition((try? JSONValue(parsing: value.compact)) == value)
}

@Sendable func slack(_ bytes: [UInt8]) {
    for type in ["application/x-www-form-urlencoded", "application/json", nil] {
        _ = try? SlackInbound.decode(contentType: type, body: bytes)
        _ = SlackInbound.isBareSSLCheck(contentType: type, body: bytes)
    }
    // What stands in a form's `payload`, without having to be guessed through the encoding.
    let wrapped = FormURLEncoded.encode([("payload", String(decoding: bytes, as: UTF8.self))])
    _ = try? SlackInbound.decode(contentType: "application/x-www-form-urlencoded", body: Array(wrapped.utf8))
    _ = try? SocketFrame.decode(String(decoding: bytes, as: UTF8.self))
}

/// Nobody without the secret makes a signature that counts.
@Sendable func signature(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
    let now = Timestamp(seconds: 1_770_000_000)
    let headers = lines.map { String(decoding: $0, as: UTF8.self) }
    do {
        try SlackSignature.verify(
            body: lines.count > 2 ? Array(lines[2]) : [], timestampHeader: headers.first,
            signatureHeader: headers.count > 1 ? headers[1] : nil, secrets: [Secret("fuzz"), Secret("")], now: now
        )
    } catch { return }
    preconditionFailure("a signature that nobody made was accepted")
}

/// What people type, on its way into a message.
@Sendable func text(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    for limit in [1, 75, 3000] {
        for markup in [Mrkdwn(text), Mrkdwn(plain: text), Mrkdwn(trusted: text)] {
            precondition(markup.shortened(to: limit).markup.unicodeScalars.count <= limit, "too long")
        }
    }
    let shown = Mrkdwn.unescaped(Mrkdwn(text).markup)
    precondition(Mrkdwn.unescaped(Mrkdwn(shown).markup) == shown, "a text changes on its way through Slack")
    precondition(!Mrkdwn(text).markup.contains("<"), "a text makes a link or a mention")
    _ = DurationText.seconds(text)
}

@Sendable func configuration(_ bytes: [UInt8]) {
    let loader = ConfigurationLoader(knowsTimeZone: { $0 == "Europe/Berlin" }, readFile: { _ in Array("x = 1".utf8) })
    let files = [ConfigFile(path: "site/a.json", bytes: bytes)]
    let result = loader.load(files)
    if case .failure = result.configuration { precondition(!result.problems.isEmpty, "refused without a reason") }
    precondition(result.problems == loader.load(files).problems, "the same file has other problems the second time")
}

@Sendable func zone(_ bytes: [UInt8]) {
    guard let rules = TimeZoneRules(compiled: bytes) else { return }
    for seconds: Int64 in [Int64.min / 1000, -4_000_000_000, -1, 0, 1_770_000_000, 4_000_000_000, Int64.max / 1000] {
        let offset = rules.offsetSeconds(at: Timestamp(seconds: seconds))
        precondition(abs(offset) < 10 * 86_400, "a clock that is days ahead")
    }
}

/// However the bytes are cut, the frames are the same.
@Sendable func frames(_ bytes: [UInt8]) {
    func read(inPiecesOf size: Int) -> (frames: [JSONObject], isBroken: Bool) {
        var buffer = FrameBuffer()
        var frames: [JSONObject] = []
        do {
            var start = 0
            repeat {
                let end = min(start + size, bytes.count)
                try buffer.append(bytes[start..<end])
                while let frame = try buffer.next() { frames.append(frame) }
                start = end
            } while start < bytes.count
        } catch { return (frames, true) }
        return (frames, false)
    }
    let whole = read(inPiecesOf: max(1, bytes.count))
    let pieces = read(inPiecesOf: 3)
    precondition(whole.frames == pieces.frames && whole.isBroken == pieces.isBroken, "frames depend on the pieces")
}

/// However a run is read and written, quickly or by way of `Codable`, it is the same run and the same bytes.
@Sendable func storedRun(_ bytes: [UInt8]) {
    func slowly<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
        try? StoredJSON.decode(type, from: bytes)
    }
    func slowly(_ value: some Encodable) -> [UInt8] { StoredJSON.encode(value) }
    let read = slowly(AccessRequest.self, bytes)
    if let direct = StoredJSON.direct(AccessRequest.self, from: bytes) {
        precondition(direct == read, "the quick way reads another run")
    }
    guard let run = read else { return }
    let encoded = StoredJSON.encode(run)
    precondition(encoded == slowly(run), "the quick way writes other bytes")
    precondition((try? StoredJSON.decode(AccessRequest.self, from: encoded)) == run, "a run changes in the database")
    precondition(slowly(AccessRequest.self, encoded) == run, "a run changes for earlier versions")
    _ = run.status
    _ = run.wakeAt
}

/// Shows that what is wrong is found.
@Sendable func planted(_ bytes: [UInt8]) {
    guard bytes.count > 2, bytes[0] == 0x42, bytes[1] == 0x55, bytes[2] == 0x47 else { return }
    preconditionFailure("planted")
}

import HTTPModel
import Support

/// The app at the other end: remembers what it was sent, and answers what the test says.
actor FakeApp: HTTPTransport {
    typealias Answer = @Sendable (Received) async throws -> HTTPResponse

    struct Received: Sendable {
        var request: HTTPRequest

        /// The payload of an interaction, an event's body, or a command's form.
        var document: JSONValue {
            if request.mediaType == "application/json" { return (try? JSONValue(parsing: request.body)) ?? nil }
            let fields = FormURLEncoded.decode(request.body) ?? []
            if let payload = fields.first(where: { $0.name == "payload" }) {
                return (try? JSONValue(parsing: payload.value)) ?? nil
            }
            return .object(JSONObject(fields.map { ($0.name, .string($0.value)) }))
        }
    }

    private(set) var received: [Received] = []
    private var answer: Answer

    init(answer: @escaping Answer = { _ in HTTPResponse(status: 200) }) { self.answer = answer }

    func answer(_ answer: @escaping Answer) { self.answer = answer }

    func send(
        _ request: HTTPRequest, within timeout: Duration, bodyBytesMax: Int
    ) async throws(TransportError) -> HTTPResponse {
        let received = Received(request: request)
        self.received.append(received)
        do { return try await answer(received) } catch let error as TransportError { throw error } catch {
            throw .unreachable(reason: "\(error)")
        }
    }

    var last: JSONValue { received.last?.document ?? nil }
}

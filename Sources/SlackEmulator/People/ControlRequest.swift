import HTTPModel
import Support

/// A request to `/emulator/…` that cannot be understood: HTTP 400 or 404.
struct ControlProblem: Error {
    var status = 400
    var error: String
    var message: String
}

/// Why a person cannot do this in Slack: `ok` false with what the person would see.
struct PersonRefusal: Error, Sendable {
    var error: String
    var message: String

    init(_ error: String, _ message: String) {
        self.error = error
        self.message = message
    }
}

/// The body of a control request, or its query.
struct ControlRequest: Sendable {
    var body: JSONObject

    init(_ request: HTTPRequest) throws {
        if request.method == "GET" {
            var body = JSONObject()
            for field in FormURLEncoded.decode(Array(request.query.utf8)) ?? [] {
                body[field.name] = .string(field.value)
            }
            self.body = body
        } else if request.body.isEmpty {
            body = [:]
        } else {
            do {
                guard case .object(let object) = try JSONValue(parsing: request.body) else {
                    throw ControlProblem(error: "not_an_object", message: "The body is no JSON object.")
                }
                body = object
            } catch let error as JSONSyntaxError {
                throw ControlProblem(error: "invalid_json", message: error.description)
            }
        }
    }

    init(body: JSONObject) { self.body = body }

    subscript(name: String) -> JSONValue? {
        guard let value = body[name], !value.isNull else { return nil }
        return value
    }

    func text(_ name: String) -> String? { self[name]?.text }

    func required(_ name: String) throws -> String {
        guard let text = self[name]?.text, !text.isEmpty else {
            throw ControlProblem(error: "missing_argument", message: "\"\(name)\" is missing or no text.")
        }
        return text
    }

    func integer(_ name: String) -> Int64? { self[name]?.integer ?? self[name]?.text.flatMap { Int64($0) } }

    func number(_ name: String) -> Double? {
        switch self[name] {
        case .int(let number): Double(number)
        case .double(let number): number
        case .string(let text): Double(text)
        default: nil
        }
    }
}

extension World {
    /// The person whom a control request names by id or handle.
    func person(_ request: ControlRequest, named name: String = "user") throws -> Person {
        let text = try request.required(name)
        guard let person = person(named: text, in: request.text("team")) else {
            throw ControlProblem(error: "unknown_user", message: "There is no user \"\(text)\", or there are several.")
        }
        return person
    }

    /// The person who acts. The deactivated cannot.
    func actor(_ request: ControlRequest) throws -> Person {
        let person = try person(request)
        if person.isDeactivated { throw PersonRefusal("account_inactive", "\(person.name) has been deactivated.") }
        return person
    }

    func conversation(_ request: ControlRequest, for person: Person) throws -> Conversation {
        let text = try request.required("channel")
        guard let conversation = conversation(named: text, for: person) else {
            throw ControlProblem(error: "unknown_channel", message: "There is no conversation \"\(text)\".")
        }
        return conversation
    }
}

package import HTTPModel
package import Support

/// Why a command did not do what was asked, with what to do next, and the exit code of Sym's CLI 8.1.0
/// (sym-api.md 12).
package struct ClientError: Error, Hashable, Sendable {
    package enum Code: Int32, Sendable {
        /// The answer is no, or it failed in a way that has no code of its own.
        case failed = 1
        case usage = 2
        /// The server could not be reached, or the exchange broke.
        case unexpected = 5
        case unknownUser = 9
        case unknownBot = 10
        case userExists = 11
        case botExists = 12
        case notLoggedIn = 13
        case missingService = 14
        case missingIdentityValue = 15
        case invalidChoice = 16
        case referenced = 18
        case invalidExpiry = 19
        case unauthorized = 22
        case malformedAnswer = 23
        /// The server refused, and said why.
        case refused = 24
        /// The server refused without a text.
        case refusedWithoutText = 26
    }

    package var code: Code
    package var message: String
    package var hint: String?
    /// What the server's log has the call under.
    package var requestID: String?
    /// The HTTP status, where the server answered.
    package var status: Int?

    package init(_ code: Code, _ message: String, hint: String? = nil, requestID: String? = nil, status: Int? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.requestID = requestID
        self.status = status
    }

    /// What is printed on standard error.
    package var text: String {
        var text = "symflow: " + Printable.text(message)
        if let hint { text += "\n  " + Printable.text(hint) }
        if let requestID { text += "\n  The server's log has it under the request id \(requestID)." }
        return text
    }

    /// The same for programs.
    package var json: JSONValue {
        var object: JSONObject = ["error": .string(message), "exit_code": .int(Int64(code.rawValue))]
        if let hint { object["hint"] = .string(hint) }
        if let requestID { object["request_id"] = .string(requestID) }
        if let status { object["status_code"] = .int(Int64(status)) }
        return .object(object)
    }
}

extension ClientError {
    package static func failed(_ message: String, hint: String? = nil) -> ClientError {
        ClientError(.failed, message, hint: hint)
    }

    package static func usage(_ message: String, hint: String? = nil) -> ClientError {
        ClientError(.usage, message, hint: hint)
    }

    package static let notLoggedIn = ClientError(
        .notLoggedIn, "Nobody is logged in.",
        hint: "Run symflow login --org-id ORG, or set SYM_JWT to a token that symflow tokens issue has made."
    )

    package static func unknownUser(_ email: String) -> ClientError {
        ClientError(.unknownUser, "There is no user with the e-mail address \(email).", hint: "See symflow users list.")
    }

    package static func unknownBot(_ name: String) -> ClientError {
        ClientError(.unknownBot, "There is no bot named \(name).", hint: "See symflow bots list.")
    }

    /// - Parameter what: what was to be chosen, such as "a service type".
    package static func invalidChoice(_ given: String, what: String, among choices: [String]) -> ClientError {
        let nearest = Spelling.nearest(to: given, among: choices).map { "Did you mean \"\($0)\"? " } ?? ""
        return ClientError(
            .invalidChoice, "\"\(given)\" is not \(what).",
            hint: nearest + (choices.isEmpty ? "There is none yet." : "There are: \(choices.joined(separator: ", ")).")
        )
    }

    package static func unreachable(_ address: String, _ error: TransportError) -> ClientError {
        let reason =
            switch error {
            case .unreachable(let reason): "cannot be reached: \(reason)"
            case .timedOut(let limit): "did not answer within \(limit.milliseconds / 1000) seconds"
            case .interrupted(let reason): "broke the connection off: \(reason)"
            case .responseTooLarge(let limit): "answered more than \(limit) bytes"
            case .cancelled: "was not waited for"
            case .invalidRequest(let reason): "cannot be asked: \(reason)"
            }
        return ClientError(
            .unexpected, "The server \(address) \(reason).",
            hint: "Is it running, and does SYM_API_URL (or --api-url) name it?"
                + (error.mayHaveArrived ? " What was asked may have happened." : "")
        )
    }
}

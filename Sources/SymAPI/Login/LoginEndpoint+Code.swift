import ApprovalCore
import ApprovalEngine
import Crypto
import HTTPModel
import Support

/// A code in a direct message.
extension LoginEndpoint {
    /// Takes the e-mail address, and answers the same whoever it belongs to.
    func sendCode(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = Self.fields(request.body)
        let (ticket, session) = try ticket(fields.first { $0.name == "ticket" }?.value ?? "", request)
        let email = (fields.first { $0.name == "email" }?.value ?? "").trimmed.lowercased()
        guard User.isEmail(email) else {
            let problem = "This is not an e-mail address."
            return try await emailPage(ticket.request, session: session, request, problem: problem).response(
                status: 400)
        }
        for (limiter, name) in [(limits.codesFrom, request.peer), (limits.codesTo, email)] {
            if let seconds = limiter.secondsToWait(name) { return Self.tooMany(seconds, request) }
        }
        let code = Self.newCode()
        let id = Base64URL.text(Random.bytes(24))
        let now = engine.clock.now()
        let attempt = LoginAttempt(
            id: id, request: ticket.request, session: ticket.session, code: hash(code: code, of: id), tries: 0,
            expiresAt: now + LoginAttempt.lifetime
        )
        try await engine.store.commit(DocumentsChange(saved: [attempt.document(version: 0, at: now)]))
        let peer = request.peer
        later { await self.deliver(code, of: attempt, to: email, askedFrom: peer) }
        return LoginPage.code(attempt).response()
    }

    /// Finds the person, and tells them the code. Nobody hears whether there is one.
    private func deliver(_ code: String, of attempt: LoginAttempt, to email: String, askedFrom peer: String) async {
        do {
            guard let (account, workspace) = try await engine.account(loggingIn: email) else {
                return log.info("a login for somebody who is not known here")
            }
            guard try await note(account, workspace, in: attempt.id) else { return }
            let digits = code.prefix(4) + " " + code.suffix(4)
            try await slack.send(
                "Your code for `symflow login` is *\(digits)*.\nIt was asked for from the address \(peer), and is good "
                    + "for five minutes. Type it only into the page that you opened yourself, and give it to nobody. "
                    + "If you are not logging in, ignore this message and tell an administrator.",
                account, workspace
            )
        } catch {
            log.warning("a login code could not be sent", ["error": "\(error)"])
        }
    }

    /// - Returns: false where the attempt is over.
    private func note(_ account: Account, _ workspace: String, in id: String) async throws -> Bool {
        while let document = try await engine.store.document(.loginAttempt, id),
            var attempt = LoginAttempt(document)
        {
            attempt.account = account
            attempt.workspace = workspace
            do throws(StoreError) {
                try await engine.store.commit(
                    DocumentsChange(saved: [attempt.document(version: document.version, at: engine.clock.now())])
                )
                return true
            } catch {
                // A try came first.
                guard error == .conflict else { throw error }
            }
        }
        return false
    }

    /// Takes the code.
    func check(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = Self.fields(request.body)
        let over = LoginProblem("This code is no longer good: it was used, is too old, or there were too many tries.")
        guard let id = fields.first(where: { $0.name == "attempt" })?.value, id.utf8.count <= 64,
            let document = try await engine.store.document(.loginAttempt, id), var attempt = LoginAttempt(document),
            let session = session(of: request),
            constantTimeEqual(Array(Self.hash(session).utf8), Array(attempt.session.utf8))
        else { throw over }
        let now = engine.clock.now()
        guard now < attempt.expiresAt, attempt.tries < LoginAttempt.triesMax else { throw over }
        let code = (fields.first { $0.name == "code" }?.value ?? "").filter { $0.isASCII && $0.isNumber }
        let isRight = constantTimeEqual(Array(hash(code: code, of: id).utf8), Array(attempt.code.utf8))
        guard isRight, let account = attempt.account, let workspace = attempt.workspace else {
            attempt.tries += 1
            try await engine.store.commit(
                DocumentsChange(saved: [attempt.document(version: document.version, at: now)])
            )
            let left = LoginAttempt.triesMax - attempt.tries
            guard left > 0 else {
                await note(failedLoginOf: attempt.account, at: now)
                throw over
            }
            let problem = "This is not the code. \(left == 1 ? "One try is" : "\(left) tries are") left."
            return LoginPage.code(attempt, problem: problem).response(status: 400)
        }
        // Whoever deletes it has used it; a second use at the same time is a conflict.
        try await engine.store.commit(DocumentsChange(deleted: [DocumentsChange.Deletion(document)]))
        return try await grant(attempt.request, to: account, from: workspace)
    }

    private func note(failedLoginOf account: Account?, at now: Timestamp) async {
        guard let account else { return }
        _ = try? await engine.store.commit(
            DocumentsChange(notes: [
                AuditNote(
                    aggregate: "logins", at: now, kind: "loginFailed", actor: account.description,
                    details: ["reason": "too many wrong codes"]
                )
            ])
        )
    }

    // MARK: Codes

    /// Eight digits, each as likely as any other.
    private static func newCode() -> String {
        // Numbers from here on would make small codes likelier.
        let limit = UInt64.max - UInt64.max % 100_000_000
        while true {
            let number = Random.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard number < limit else { continue }
            let digits = String(number % 100_000_000)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }
    }

    /// Keyed: eight digits would soon be found behind a plain hash.
    private func hash(code: String, of attempt: String) -> String {
        Hex.text(HMACSHA256.code(for: Array("\(attempt):\(code)".utf8), key: codeKey))
    }
}

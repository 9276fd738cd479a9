import Support

// The document of a run, member by member. What `Codable` makes of it is compared in the tests, value by value.

extension AccessRequest: DirectlyStored {
    /// That of a run that waits for an answer.
    package static var bytesExpected: Int { 4096 }

    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("asking", asking)
        output.member("binding", binding)
        output.member("cards", cards)
        output.member("changedKeys", changedKeys)
        output.member("errors", errors)
        output.coded("execution", execution)
        output.member("id", id)
        output.member("ignoredBecause", ignoredBecause)
        output.member("lastEpoch", lastEpoch)
        output.member("lastFactAt", lastFactAt)
        output.member("openReceipts", openReceipts)
        output.member("revision", revision)
        output.member("routing", routing)
        output.member("state", state)
        output.member("submission", submission)
        output.member("terms", terms)
        output.member("verdict", verdict)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        let asking: Asking? = try input.optional("asking")
        let binding: Binding = try input.member("binding")
        let cards: [Card] = try input.list("cards")
        let changedKeys: [String] = try input.list("changedKeys")
        let errors: [RunError] = try input.list("errors")
        try input.lacks("execution")
        let id: RunID = try input.member("id")
        let ignoredBecause: String? = try input.optional("ignoredBecause")
        let lastEpoch: Int = try input.member("lastEpoch")
        let lastFactAt: Timestamp = try input.member("lastFactAt")
        let openReceipts: [OpenReceipt] = try input.list("openReceipts")
        let revision: String = try input.member("revision")
        let routing: Routing? = try input.optional("routing")
        let state: State = try input.member("state")
        let submission: Submission = try input.member("submission")
        let terms: Terms = try input.member("terms")
        let verdict: Verdict? = try input.optional("verdict")
        try input.end()
        self.init(
            id: id, submission: submission, revision: revision, terms: terms, binding: binding,
            changedKeys: changedKeys, routing: routing, state: state, cards: cards, lastEpoch: lastEpoch,
            verdict: verdict, openReceipts: openReceipts, asking: asking, errors: errors, lastFactAt: lastFactAt,
            ignoredBecause: ignoredBecause
        )
    }
}

extension Submission: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("at", at)
        output.coded("command", command)
        output.member("context", context)
        output.member("durationSeconds", durationSeconds)
        output.name("fields")
        output.write(fields)
        output.member("flow", flow)
        output.member("onBehalfBy", onBehalfBy)
        output.member("requester", requester)
        output.member("source", source)
        output.member("target", target)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        at = try input.member("at")
        try input.lacks("command")
        context = try input.optional("context")
        durationSeconds = try input.optional("durationSeconds")
        guard input.has("fields") else { throw Unfamiliar() }
        fields = try input.members()
        flow = try input.member("flow")
        onBehalfBy = try input.optional("onBehalfBy")
        requester = try input.member("requester")
        source = try input.member("source")
        target = try input.optional("target")
        try input.end()
    }
}

extension Terms: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("adminOverride", adminOverride)
        output.member("allowGuestInteraction", allowGuestInteraction)
        output.member("allowRevoke", allowRevoke)
        output.member("answerBySeconds", answerBySeconds)
        output.member("grantKey", grantKey)
        output.member("hasStrategy", hasStrategy)
        output.member("hooks", hooks)
        output.member("identity", identity)
        output.member("retryAmbiguous", retryAmbiguous)
        output.member("scheduleDeescalation", scheduleDeescalation)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        adminOverride = try input.member("adminOverride")
        allowGuestInteraction = try input.member("allowGuestInteraction")
        allowRevoke = try input.member("allowRevoke")
        answerBySeconds = try input.member("answerBySeconds")
        grantKey = try input.optional("grantKey")
        hasStrategy = try input.member("hasStrategy")
        hooks = try input.list("hooks")
        identity = try input.optional("identity")
        retryAmbiguous = try input.member("retryAmbiguous")
        scheduleDeescalation = try input.member("scheduleDeescalation")
        try input.end()
    }
}

extension Binding: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("jobHash", jobHash)
        output.member("parts", $parts)
        output.member("policySnapshot", policySnapshot)
        output.member("round", round)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        let jobHash: String = try input.member("jobHash")
        let parts: WrittenTexts = try input.member("parts")
        let policySnapshot: String = try input.member("policySnapshot")
        let round: Int = try input.member("round")
        try input.end()
        self.init(jobHash: jobHash, policySnapshot: policySnapshot, parts: parts, round: round)
    }
}

extension RunError: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("at", at)
        output.member("message", message)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        at = try input.member("at")
        message = try input.member("message")
        try input.end()
    }
}

extension FieldValue: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        switch self {
        case .string(let text): output.only(in: "string", text)
        case .int(let number): output.only(in: "int", number)
        case .bool(let flag): output.only(in: "bool", flag)
        case .duration(let seconds): output.only(in: "duration", seconds)
        case .user(let account): output.only(in: "user", account)
        case .users, .strings, .ints: output.write(coded: self)
        }
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        if input.has("string") {
            self = .string(try input.only())
        } else if input.has("int") {
            self = .int(try input.only())
        } else if input.has("bool") {
            self = .bool(try input.only())
        } else if input.has("duration") {
            self = .duration(try input.only())
        } else if input.has("user") {
            self = .user(try input.only())
        } else {
            throw Unfamiliar()
        }
        try input.end()
    }
}

extension Flow.Source: StoredByName {}
extension Hook: StoredByName {}

// The document of a run, member by member. What `Codable` makes of it is compared in the tests, value by value.

extension AccessRequest: DirectlyStored {
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
        asking = try input.optional("asking")
        binding = try input.member("binding")
        cards = try input.list("cards")
        changedKeys = try input.list("changedKeys")
        errors = try input.list("errors")
        try input.lacks("execution")
        id = try input.member("id")
        ignoredBecause = try input.optional("ignoredBecause")
        lastEpoch = try input.member("lastEpoch")
        lastFactAt = try input.member("lastFactAt")
        openReceipts = try input.list("openReceipts")
        revision = try input.member("revision")
        routing = try input.optional("routing")
        state = try input.member("state")
        submission = try input.member("submission")
        terms = try input.member("terms")
        verdict = try input.optional("verdict")
        try input.end()
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
        output.name("parts")
        output.write(parts)
        output.member("policySnapshot", policySnapshot)
        output.member("round", round)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        jobHash = try input.member("jobHash")
        guard input.has("parts") else { throw Unfamiliar() }
        parts = try input.members()
        policySnapshot = try input.member("policySnapshot")
        round = try input.member("round")
        try input.end()
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

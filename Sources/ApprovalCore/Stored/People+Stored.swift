extension Person: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("account", account)
        output.member("email", email)
        output.member("id", id)
        output.member("isActive", isActive)
        output.member("isBot", isBot)
        output.member("isHome", isHome)
        output.member("isRestricted", isRestricted)
        output.member("name", name)
        output.member("observedAt", observedAt)
        output.member("role", role)
        output.member("timeZone", timeZone)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        account = try input.member("account")
        email = try input.optional("email")
        id = try input.member("id")
        isActive = try input.member("isActive")
        isBot = try input.member("isBot")
        isHome = try input.member("isHome")
        isRestricted = try input.optional("isRestricted")
        name = try input.member("name")
        observedAt = try input.member("observedAt")
        role = try input.member("role")
        timeZone = try input.optional("timeZone")
        try input.end()
    }
}

extension Role: StoredByName {}

extension Account: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("user", user)
        output.member("workspace", workspace)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        user = try input.member("user")
        workspace = try input.member("workspace")
        try input.end()
    }
}

extension PersonReference: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("account", account)
        output.member("email", email)
        output.member("id", id)
        output.member("name", name)
        output.member("source", source)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        account = try input.member("account")
        email = try input.optional("email")
        id = try input.member("id")
        name = try input.member("name")
        source = try input.optional("source")
        try input.end()
    }
}

extension Receipt: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("account", account)
        output.member("action", action)
        output.member("at", at)
        output.member("copy", copy)
        output.member("id", id)
        output.member("message", message)
        output.member("round", round)
        output.member("source", source)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        account = try input.member("account")
        action = try input.member("action")
        at = try input.member("at")
        copy = try input.optional("copy")
        id = try input.member("id")
        message = try input.optional("message")
        round = try input.member("round")
        source = try input.member("source")
        try input.end()
    }
}

extension Receipt.Action: StoredByName {}

extension OpenReceipt: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("askedAt", askedAt)
        output.member("person", person)
        output.member("receipt", receipt)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        askedAt = try input.optional("askedAt")
        person = try input.optional("person")
        receipt = try input.member("receipt")
        try input.end()
    }
}

extension Vote: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("at", at)
        output.member("message", message)
        output.member("person", person)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        at = try input.member("at")
        message = try input.optional("message")
        person = try input.member("person")
        try input.end()
    }
}

extension Verdict: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("at", at)
        output.member("by", by)
        output.member("outcome", outcome)
        output.member("reason", reason)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        at = try input.member("at")
        by = try input.member("by")
        outcome = try input.member("outcome")
        reason = try input.optional("reason")
        try input.end()
    }
}

extension Verdict.Outcome: StoredByName {}

extension Decider: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        switch self {
        case .people(let votes):
            output.begin()
            output.name("people")
            output.begin()
            output.member("_0", votes)
            output.end()
            output.end()
        case .policy(let rule):
            output.begin()
            output.name("policy")
            output.begin()
            output.member("rule", rule)
            output.end()
            output.end()
        case .system: output.bare("system")
        }
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        if input.has("people") {
            try input.begin()
            self = .people(try input.list("_0"))
            try input.end()
        } else if input.has("policy") {
            try input.begin()
            self = .policy(rule: try input.optional("rule"))
            try input.end()
        } else if input.has("system") {
            self = .system
            try input.bare()
        } else {
            throw Unfamiliar()
        }
        try input.end()
    }
}

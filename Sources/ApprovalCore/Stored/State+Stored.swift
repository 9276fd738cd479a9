extension AccessRequest.State: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        switch self {
        case .submitted(let answerBy):
            output.begin()
            output.name("submitted")
            output.begin()
            output.member("answerBy", answerBy)
            output.end()
            output.end()
        case .pending(let pending): output.only(in: "pending", pending)
        case .escalating(let attempt): output.only(in: "escalating", attempt)
        case .active(let access): output.only(in: "active", access)
        case .approved: output.bare("approved")
        case .executionFailed(let failure): output.only(in: "executionFailed", failure)
        case .removing(let removal): output.only(in: "removing", removal)
        case .removed(let ending): output.only(in: "removed", ending)
        case .denied: output.bare("denied")
        case .expired: output.bare("expired")
        }
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        if input.has("submitted") {
            try input.begin()
            self = .submitted(answerBy: try input.member("answerBy"))
            try input.end()
        } else if input.has("pending") {
            self = .pending(try input.only())
        } else if input.has("escalating") {
            self = .escalating(try input.only())
        } else if input.has("active") {
            self = .active(try input.only())
        } else if input.has("executionFailed") {
            self = .executionFailed(try input.only())
        } else if input.has("removing") {
            self = .removing(try input.only())
        } else if input.has("removed") {
            self = .removed(try input.only())
        } else {
            self = try Self.bare(&input)
        }
        try input.end()
    }

    private static func bare(_ input: inout StoredInput) throws(Unfamiliar) -> Self {
        let state: Self
        if input.has("approved") {
            state = .approved
        } else if input.has("denied") {
            state = .denied
        } else if input.has("expired") {
            state = .expired
        } else {
            throw Unfamiliar()
        }
        try input.bare()
        return state
    }
}

extension Pending: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("answerBy", answerBy)
        output.member("forwardAt", forwardAt)
        output.member("stage", stage)
        output.member("stageSince", stageSince)
        output.member("votes", votes)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        answerBy = try input.member("answerBy")
        forwardAt = try input.optional("forwardAt")
        stage = try input.member("stage")
        stageSince = try input.member("stageSince")
        votes = try input.list("votes")
        try input.end()
    }
}

extension Attempt: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("deadline", deadline)
        output.member("epoch", epoch)
        output.member("isUnderWay", isUnderWay)
        output.member("removeBy", removeBy)
        output.member("retriedBy", retriedBy)
        output.member("revision", revision)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        deadline = try input.member("deadline")
        epoch = try input.member("epoch")
        isUnderWay = try input.member("isUnderWay")
        removeBy = try input.optional("removeBy")
        retriedBy = try input.optional("retriedBy")
        revision = try input.member("revision")
        try input.end()
    }
}

extension Access: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("epoch", epoch)
        output.member("output", self.output)
        output.member("revision", revision)
        output.member("since", since)
        output.member("until", until)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        epoch = try input.member("epoch")
        output = try input.optional("output")
        revision = try input.member("revision")
        since = try input.member("since")
        until = try input.optional("until")
        try input.end()
    }
}

extension Failure: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("epoch", epoch)
        output.member("error", error)
        output.member("isRetryable", isRetryable)
        output.member("kind", kind)
        output.member("removeBy", removeBy)
        output.member("revision", revision)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        epoch = try input.member("epoch")
        error = try input.member("error")
        isRetryable = try input.member("isRetryable")
        kind = try input.member("kind")
        removeBy = try input.optional("removeBy")
        revision = try input.member("revision")
        try input.end()
    }
}

extension Failure.Kind: StoredByName {}

extension Removal: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("cause", cause)
        output.member("due", due)
        output.member("epoch", epoch)
        output.member("error", error)
        output.member("failures", failures)
        output.member("output", self.output)
        output.member("revision", revision)
        output.member("since", since)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        cause = try input.member("cause")
        due = try input.optional("due")
        epoch = try input.member("epoch")
        error = try input.optional("error")
        failures = try input.member("failures")
        output = try input.optional("output")
        revision = try input.member("revision")
        since = try input.member("since")
        try input.end()
    }
}

extension Removal.Cause: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        switch self {
        case .scheduled: output.bare("scheduled")
        case .revoked(let person):
            output.begin()
            output.name("revoked")
            output.begin()
            output.member("by", person)
            output.end()
            output.end()
        case .hook(let hook): output.only(in: "hook", hook)
        case .bindingBroken: output.write(coded: self)
        }
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        if input.has("scheduled") {
            self = .scheduled
            try input.bare()
        } else if input.has("revoked") {
            try input.begin()
            self = .revoked(by: try input.member("by"))
            try input.end()
        } else if input.has("hook") {
            self = .hook(try input.only())
        } else {
            throw Unfamiliar()
        }
        try input.end()
    }
}

extension Ending: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("at", at)
        output.member("cause", cause)
        output.member("grantOutput", grantOutput)
        output.member("output", self.output)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        at = try input.member("at")
        cause = try input.member("cause")
        grantOutput = try input.optional("grantOutput")
        output = try input.optional("output")
        try input.end()
    }
}

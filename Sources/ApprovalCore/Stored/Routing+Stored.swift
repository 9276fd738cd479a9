extension Routing: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("answerWithinSeconds", answerWithinSeconds)
        output.member("mayDecide", mayDecide)
        output.member("quorum", quorum)
        output.member("rule", rule)
        output.member("selfApproval", selfApproval)
        output.member("stages", stages)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        answerWithinSeconds = try input.optional("answerWithinSeconds")
        mayDecide = try input.member("mayDecide")
        quorum = try input.member("quorum")
        rule = try input.optional("rule")
        selfApproval = try input.member("selfApproval")
        stages = try input.list("stages")
        try input.end()
    }
}

extension DeciderRule: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("channelMembers", channelMembers)
        output.member("level", level)
        if let people { output.member("people", people) }
        output.member("workspace", workspace)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        channelMembers = try input.optional("channelMembers")
        level = try input.member("level")
        people = input.has("people") ? try input.list() : nil
        workspace = try input.optional("workspace")
        try input.end()
    }
}

extension Routing.Stage: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("forwardAfterSeconds", forwardAfterSeconds)
        if let forwardsOn { output.member("forwardsOn", forwardsOn) }
        output.member("places", places)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        forwardAfterSeconds = try input.optional("forwardAfterSeconds")
        forwardsOn = input.has("forwardsOn") ? try input.list() : nil
        places = try input.list("places")
        try input.end()
    }
}

extension ForwardCause: StoredByName {}

extension Routing.Place: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        switch self {
        case .channel(let channel): output.only(in: "channel", channel)
        case .people(let accounts):
            output.begin()
            output.name("people")
            output.begin()
            output.member("_0", accounts)
            output.end()
            output.end()
        case .unknown(let name, let reason):
            output.begin()
            output.name("unknown")
            output.begin()
            output.member("name", name)
            output.member("reason", reason)
            output.end()
            output.end()
        }
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        if input.has("channel") {
            self = .channel(try input.only())
        } else if input.has("people") {
            try input.begin()
            self = .people(try input.list("_0"))
            try input.end()
        } else if input.has("unknown") {
            try input.begin()
            self = .unknown(name: try input.member("name"), reason: try input.member("reason"))
            try input.end()
        } else {
            throw Unfamiliar()
        }
        try input.end()
    }
}

extension Card: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("audience", audience)
        output.member("copy", copy)
        output.member("failure", failure)
        output.member("place", place)
        output.member("replacements", replacements)
        output.member("round", round)
        output.member("slot", slot)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        audience = try input.member("audience")
        copy = try input.optional("copy")
        failure = try input.optional("failure")
        place = try input.member("place")
        replacements = try input.member("replacements")
        round = try input.member("round")
        slot = try input.member("slot")
        try input.end()
    }
}

extension Card.Audience: StoredByName {}

extension Card.Copy: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("channel", channel)
        output.member("ts", ts)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        channel = try input.member("channel")
        ts = try input.member("ts")
        try input.end()
    }
}

extension Asking: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("hook", hook)
        output.member("occasion", occasion)
        output.member("until", until)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        hook = try input.member("hook")
        occasion = try input.member("occasion")
        until = try input.member("until")
        try input.end()
    }
}

extension Occasion: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        output.begin()
        output.member("cause", cause)
        output.member("index", index)
        output.member("round", round)
        output.end()
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        cause = try input.optional("cause")
        index = try input.member("index")
        round = try input.member("round")
        try input.end()
    }
}

extension Occasion.Cause: StoredByName {}

extension Effect: DirectlyStored {
    package func store(in output: inout StoredOutput) {
        switch self {
        case .route: output.bare("route")
        case .classify(let receipt): output.only(in: "classify", receipt)
        case .consult(let hook, let receipt): output.both(in: "consult", hook, receipt)
        case .ask(let hook, let occasion): output.both(in: "ask", hook, occasion)
        case .show(let slot): output.only(in: "show", named: "slot", slot)
        case .escalate(let epoch): output.only(in: "escalate", named: "epoch", epoch)
        case .deescalate(let epoch): output.only(in: "deescalate", named: "epoch", epoch)
        case .report(let error): output.only(in: "report", error)
        case .routeApproved, .tell: output.write(coded: self)
        }
    }

    package init(stored input: inout StoredInput) throws(Unfamiliar) {
        try input.begin()
        if input.has("show") {
            self = .show(slot: try input.only(named: "slot"))
        } else if input.has("route") {
            self = .route
            try input.bare()
        } else if input.has("classify") {
            self = .classify(try input.only())
        } else if input.has("consult") {
            try input.begin()
            self = .consult(try input.member("_0"), try input.member("_1"))
            try input.end()
        } else if input.has("ask") {
            try input.begin()
            self = .ask(try input.member("_0"), try input.member("_1"))
            try input.end()
        } else if input.has("escalate") {
            self = .escalate(epoch: try input.only(named: "epoch"))
        } else if input.has("deescalate") {
            self = .deescalate(epoch: try input.only(named: "epoch"))
        } else if input.has("report") {
            self = .report(try input.only())
        } else {
            throw Unfamiliar()
        }
        try input.end()
    }
}

import Support

/// For documents of other releases, and for what is rare; the short way is beside `DirectlyStored`.
extension AccessRequest: Codable {
    private enum Member: String, CodingKey {
        case id, submission, revision, terms, binding, changedKeys, routing, state, cards, lastEpoch, verdict
        case openReceipts, asking, errors, lastFactAt, ignoredBecause, execution
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        self.init(
            id: try members.decode(RunID.self, forKey: .id),
            submission: try members.decode(Submission.self, forKey: .submission),
            revision: try members.decode(String.self, forKey: .revision),
            terms: try members.decode(Terms.self, forKey: .terms),
            binding: try members.decode(Binding.self, forKey: .binding),
            changedKeys: try members.decode([String].self, forKey: .changedKeys),
            routing: try members.decodeIfPresent(Routing.self, forKey: .routing),
            state: try members.decode(State.self, forKey: .state),
            cards: try members.decode([Card].self, forKey: .cards),
            lastEpoch: try members.decode(Int.self, forKey: .lastEpoch),
            verdict: try members.decodeIfPresent(Verdict.self, forKey: .verdict),
            openReceipts: try members.decode([OpenReceipt].self, forKey: .openReceipts),
            asking: try members.decodeIfPresent(Asking.self, forKey: .asking),
            errors: try members.decode([RunError].self, forKey: .errors),
            lastFactAt: try members.decode(Timestamp.self, forKey: .lastFactAt),
            ignoredBecause: try members.decodeIfPresent(String.self, forKey: .ignoredBecause),
            execution: try members.decodeIfPresent(CommandExecution.self, forKey: .execution)
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(id, forKey: .id)
        try members.encode(submission, forKey: .submission)
        try members.encode(revision, forKey: .revision)
        try members.encode(terms, forKey: .terms)
        try members.encode(binding, forKey: .binding)
        try members.encode(changedKeys, forKey: .changedKeys)
        try members.encodeIfPresent(routing, forKey: .routing)
        try members.encode(state, forKey: .state)
        try members.encode(cards, forKey: .cards)
        try members.encode(lastEpoch, forKey: .lastEpoch)
        try members.encodeIfPresent(verdict, forKey: .verdict)
        try members.encode(openReceipts, forKey: .openReceipts)
        try members.encodeIfPresent(asking, forKey: .asking)
        try members.encode(errors, forKey: .errors)
        try members.encode(lastFactAt, forKey: .lastFactAt)
        try members.encodeIfPresent(ignoredBecause, forKey: .ignoredBecause)
        try members.encodeIfPresent(execution, forKey: .execution)
    }
}

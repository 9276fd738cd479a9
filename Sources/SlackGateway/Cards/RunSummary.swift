package import ApprovalCore
package import SlackContract

/// The answer to `/sym list`: one line for each run of a person that is not over.
package enum RunSummary {
    /// Of the 50 blocks that a message may have.
    private static let runsShown = 40

    /// - Parameter runs: with the flow that each is pinned to, in the order in which they are shown.
    package static func blocks(_ runs: [(AccessRequest, Flow)], for person: Person) -> [Block] {
        guard !runs.isEmpty else {
            return [.section("You have no open requests and no active access. Ask with `/sym`.")]
        }
        var blocks: [Block] = [.section("*Your open requests and active access*")]
        blocks += runs.prefix(runsShown).map { run, flow in
            let text = RunText(run: run, flow: flow, reader: .member)
            return .section(
                "\(raw: text.what)\(raw: text.forHowLong)\n\(raw: Outcome(text).inFewWords)",
                accessory: isOwn(run, person) && CardButtons.mayRevoke(run) ? CardButtons.revoke(run) : nil
            )
        }
        if runs.count > runsShown { blocks.append(.context(["… and \(runs.count - runsShown) more"])) }
        return blocks
    }

    private static func isOwn(_ run: AccessRequest, _ person: Person) -> Bool {
        let requester = run.submission.requester
        return requester.id == person.id || requester.account == person.account
    }
}

package import ApprovalCore
package import SlackContract
import Support

/// Why somebody's click had no effect, said to that person alone: the reason, and whom to ask or what to do.
package enum RefusalText {
    /// - Parameters:
    ///   - run: `nil` where only the refusal is known.
    ///   - reader: who is refused, where the caller knows; somebody from outside reads no e-mail addresses and no
    ///     names of rules.
    package static func sentence(
        _ refusal: Refusal, action: Receipt.Action, of run: AccessRequest?, flow: Flow?, reader: CardReader? = nil
    ) -> Mrkdwn {
        let text = RefusedText(
            action: action, run: run, flow: flow, reader: reader ?? self.reader(of: refusal, run: run)
        )
        switch refusal {
        case .ownRequest: return "You cannot decide on your own request; somebody else has to. \(raw: text.whoMay)"
        case .alreadyVoted: return "You have approved this already; somebody else has to as well."
        case .notADecider(let rule): return "You cannot decide on this request. \(raw: text.whoMay(rule))"
        case .guestsMayNot:
            return "This flow takes no decisions from people outside the team. \(raw: text.whoMayInside)"
        case .inactive: return "Your account is deactivated, so what you press has no effect. Ask an admin."
        case .botsMayNot: return "Bots cannot do this. \(raw: text.whoMay)"
        case .guestFromElsewhere:
            return
                "You can only do this on the message that was sent to you or to a channel you are in. Press it there."
        case .alreadyDecided(let verdict): return text.decided(verdict)
        case .answeredTooLate(let since):
            return "Your \(text.noun) came too late: this had to be answered by \(date: since). "
                + "\(raw: text.requester) can ask again with `/sym`."
        case .cardReplaced:
            return "This card was replaced: what would be done has changed, and it was asked anew. "
                + "Press the button on the newest card."
        case .notYetAsked: return "Who is asked is still being found out. Try again in a moment."
        case .notActive: return "There is no access to end: it is not on."
        case .beingSwitchedOn: return "Access is just being switched on. Try again in a moment."
        case .alreadyEnded: return "Access has ended already, or is being taken back. There is nothing left to do."
        case .revokingNotAllowed: return text.revokingNotAllowed
        case .notRevoker:
            return "Only \(raw: text.requester), the people who may decide on the request, and admins can do this. "
                + "Ask one of them."
        case .nothingToRetry: return "There is nothing to retry: no failed attempt is waiting. The card says what is."
        case .retryNeedsAdmin:
            return "Nobody knows whether access is on, so trying again could give it twice. "
                + "An admin must look at the target first and say on the card what happened."
        case .adminsOnly: return "Only admins can say what happened at the target. Ask one of them."
        case .cannotTellWho(let reason):
            return "We could not find out who you are, so your \(text.noun) did not count"
                + "\(raw: text.detail(reason)). Try again."
        case .hookIgnored(let message): return text.ignored(message)
        case .hookFailed(let error):
            return "The flow's own code failed, so your \(text.noun) did not count\(raw: text.detail(error)). "
                + "Try again; if it fails again, tell an admin."
        }
    }

    /// Who can be the reader, as far as the refusal itself tells. Guests do not get as far as some refusals where the
    /// flow takes no decisions from them; where they may have, the answer is fit for them.
    private static func reader(of refusal: Refusal, run: AccessRequest?) -> CardReader {
        switch refusal {
        case .ownRequest, .notADecider, .notRevoker, .adminsOnly, .hookIgnored, .hookFailed:
            run?.terms.allowGuestInteraction == false ? .member : .guest
        case .alreadyVoted, .guestsMayNot, .inactive, .botsMayNot, .guestFromElsewhere, .alreadyDecided,
            .answeredTooLate, .cardReplaced, .notYetAsked, .notActive, .beingSwitchedOn, .alreadyEnded,
            .revokingNotAllowed, .nothingToRetry, .retryNeedsAdmin, .cannotTellWho:
            .guest
        }
    }

    /// The private answer, with the request that it is about.
    package static func message(
        _ notice: Notice, of run: AccessRequest, flow: Flow, reader: CardReader? = nil
    ) -> Message {
        let sentence = sentence(notice.refusal, action: notice.action, of: run, flow: flow, reader: reader)
        let text = RunText(run: run, flow: flow, reader: reader ?? .guest)
        let about: Mrkdwn = "\(raw: Words.name(text.requester)): \(raw: text.inOneLine)"
        return Message(text: sentence, blocks: [.section(sentence), .context([about])])
    }
}

/// What a refusal says about one run, as far as it is known.
private struct RefusedText {
    let action: Receipt.Action
    let run: AccessRequest?
    let flow: Flow?
    let reader: CardReader

    private static let peopleShown = 10
    private static let detailMax = 300

    var noun: String { Words.noun(for: action) }

    var requester: Mrkdwn {
        guard let run else { return "whoever asked" }
        return Words.person(PersonReference(run.submission.requester), in: flow, for: reader)
    }

    // MARK: Who may

    var whoMay: Mrkdwn {
        guard let rule = run?.routing?.mayDecide else { return "Ask somebody else who may decide." }
        return whoMay(rule)
    }

    var whoMayInside: Mrkdwn {
        guard var rule = run?.routing?.mayDecide else { return "Ask a member of the team." }
        rule.level = max(rule.level, .member)
        return whoMay(rule)
    }

    /// "Dana or Eli may; so may admins."
    func whoMay(_ rule: DeciderRule) -> Mrkdwn {
        var sentence: Mrkdwn = "\(raw: deciders(rule)) can"
        if run?.terms.adminOverride == true, rule.level != .admin || rule.people != nil {
            sentence += ", and so can admins"
        }
        return "\(raw: sentence): ask one of them."
    }

    private func deciders(_ rule: DeciderRule) -> Mrkdwn {
        var whom = rule.people.map(people) ?? (rule.workspace == nil && rule.channelMembers == nil ? "" : "People")
        if whom.isBlank { whom = level(rule.level) }
        if let workspace = rule.workspace { whom += " of workspace \(code: workspace)" }
        if let channel = rule.channelMembers { whom += " in \(channel: channel)" }
        if rule.people != nil || rule.workspace != nil || rule.channelMembers != nil, rule.level > .guest {
            whom += " (\(raw: requirement(rule.level)))"
        }
        return whom
    }

    private func level(_ level: Role) -> Mrkdwn {
        switch level {
        case .guest: "Everyone who sees the card"
        case .member: "Members of the team"
        case .admin: "Admins"
        }
    }

    private func requirement(_ level: Role) -> Mrkdwn {
        switch level {
        case .guest: "anybody"
        case .member: "members of the team"
        case .admin: "admins"
        }
    }

    /// Slack ids as mentions, e-mail addresses as they are; none of these for somebody from outside.
    private func people(_ people: [String]) -> Mrkdwn {
        let named = people.filter { reader == .member || !$0.utf8.contains(UInt8(ascii: "@")) }
        var shown: [Mrkdwn] = named.prefix(RefusedText.peopleShown).map {
            $0.utf8.contains(UInt8(ascii: "@")) ? "\(plain: $0)" : "\(user: $0)"
        }
        let hidden = people.count - shown.count
        if hidden > 0 { shown.append(shown.isEmpty ? "The people whom the flow names" : "\(hidden) more") }
        return Words.list(shown, "or")
    }

    var revokingNotAllowed: Mrkdwn {
        let start: Mrkdwn = "This flow does not let access be ended early"
        guard case .active(let access)? = run?.state, let until = access.until else { return "\(raw: start)." }
        return "\(raw: start). It ends \(date: until)."
    }

    // MARK: What was decided

    func decided(_ verdict: Verdict) -> Mrkdwn {
        let start: Mrkdwn = "Your \(noun) has no effect: this was decided already.\n"
        return start
            + Outcome.verdict(
                verdict,
                voters: { votes in Words.list(votes.map { Words.person($0.person, in: flow, for: reader) }) },
                showsRule: reader == .member
            )
    }

    // MARK: What the flow's code said

    func ignored(_ message: String) -> Mrkdwn {
        let start: Mrkdwn = "The flow does not accept your \(noun)."
        guard let said = Mrkdwn.quotation(message, to: RunText.quotationMax) else { return start }
        return "\(raw: start)\n\(raw: said)"
    }

    /// Why, in brackets; only for people of the team.
    func detail(_ text: String) -> Mrkdwn {
        let line = Words.oneLine(text)
        guard reader == .member, !line.isEmpty else { return .empty }
        return " (\(raw: Mrkdwn(plain: line).shortened(to: RefusedText.detailMax)))"
    }
}

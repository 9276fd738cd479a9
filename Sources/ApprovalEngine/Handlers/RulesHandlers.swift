package import ApprovalCore
package import Support

/// Answers for flows that rules in the configuration decide (decisions.md 10). They have no hooks.
///
/// The same facts give the same answer, however often it is asked: the rules see the time at which the request was
/// made, or asked anew, not the time at which this attempt happens to run.
package struct RulesHandlers: FlowHandlers {
    private let directory: any Directory
    private let localTime: @Sendable (_ at: Timestamp, _ zone: String) -> LocalTime?
    private let places: PlaceFinder
    private let log: Log

    /// More user groups than any flow's rules name; what asks for more is a mistake of ours.
    static let groupsMax = 100

    /// - Parameters:
    ///   - localTime: the time of the week in an IANA zone; `nil` where tzdata does not know the zone.
    ///   - remember: keeps what Slack said about somebody who is to be told, so that their click needs no look-up.
    package init(
        directory: any Directory, localTime: @escaping @Sendable (_ at: Timestamp, _ zone: String) -> LocalTime?,
        remember: @escaping @Sendable (PersonFacts) async throws -> Void, log: Log
    ) {
        self.directory = directory
        self.localTime = localTime
        places = PlaceFinder(directory: directory, remember: remember, log: log)
        self.log = log
    }

    package func hooks(of flow: Flow) -> [Hook] { [] }

    package func answer(
        _ hook: Hook, _ question: FlowQuestion, person: PersonReference?
    ) async throws(HandlerError) -> HookAnswer { .proceed }

    package func route(_ question: FlowQuestion) async throws(HandlerError) -> RoutingAnswer {
        if let answer = try await answerOfRule(question) { return answer }
        return .ask(try await routing(AskRule(), question, nil))
    }

    /// What the rules say; `nil` when none of them applies.
    package func answerOfRule(_ question: FlowQuestion) async throws(HandlerError) -> RoutingAnswer? {
        guard let rule = try await matchingRule(question) else { return nil }
        switch rule.outcome {
        case .approve(let reason):
            return .approve(reason: reason, rule: rule.name, routing: await notices(question, rule))
        case .deny(let reason):
            return .deny(reason: reason, rule: rule.name, routing: await notices(question, rule))
        case .ask(let ask): return .ask(try await routing(ask, question, rule))
        }
    }

    // MARK: Rules

    /// The rule that applies, looking groups up as they are needed. A look-up that fails neither lets a rule apply nor
    /// skips it: a skipped one might have denied.
    private func matchingRule(_ question: FlowQuestion) async throws(HandlerError) -> Rule? {
        let submission = question.run.submission
        let workspace = question.flow.environment.workspace
        var input = RuleInput(
            requester: submission.requester, targetName: submission.target, fields: submission.fields,
            durationSeconds: submission.durationSeconds, now: question.askedAt, localTime: localTime
        )
        for _ in 0..<Self.groupsMax {
            switch Rules.evaluate(question.flow.rules, input) {
            case .matched(let rule): return rule
            case .needs(let groups):
                for group in groups {
                    input.groups[group] = try await isMember(submission.requester.account, of: group, in: workspace)
                }
            }
        }
        throw .failed("The rules of this flow ask about more than \(Self.groupsMax) user groups.")
    }

    private func isMember(
        _ account: Account, of group: String, in workspace: String
    ) async throws(HandlerError) -> Bool {
        do throws(LookupError) {
            let members = try await directory.members(ofGroup: group, in: workspace)
            // Ids are those of one workspace: the same text elsewhere is somebody else.
            return account.workspace == workspace && members.contains(account.user)
        } catch {
            let sentence = "The rules ask about the user group \(group), which cannot be read: \(error.reason)"
            switch error {
            case .unavailable: throw .unavailable(sentence)
            case .notFound, .refused: throw .failed(sentence)
            }
        }
    }

    // MARK: Routing

    private func routing(
        _ ask: AskRule, _ question: FlowQuestion, _ rule: Rule?
    ) async throws(HandlerError) -> Routing {
        var stages: [Routing.Stage] = []
        do throws(LookupError) {
            for stage in ask.notify.isEmpty ? question.flow.notify : ask.notify {
                stages.append(try await places.stage(stage, in: question.flow.environment.workspace))
            }
        } catch { throw .unavailable("The people to ask cannot be looked up: \(error.reason)") }
        return Routing(
            mayDecide: ask.mayDecide, selfApproval: ask.selfApproval, quorum: ask.quorum ?? question.flow.quorum,
            stages: stages, rule: rule?.name
        )
    }

    /// Who sees a request that a rule decided, and may end its access: those whom the flow asks by default. A decision
    /// does not wait for Slack (SYM-70): while people cannot be looked up, only the requester's own card tells of it.
    private func notices(_ question: FlowQuestion, _ rule: Rule?) async -> Routing? {
        guard !question.flow.notify.isEmpty else { return nil }
        do throws(HandlerError) { return try await routing(AskRule(), question, rule) } catch {
            log.warning(
                "nobody is told of a request that a rule decided",
                ["request": question.run.id.text, "flow": question.flow.name, "error": "\(error)"]
            )
            return nil
        }
    }
}

extension FlowQuestion {
    /// When this round of asking began: at the submission, or when the binding broke.
    fileprivate var askedAt: Timestamp {
        guard case .submitted(let answerBy) = run.state else { return now }
        return answerBy - .seconds(run.terms.answerBySeconds)
    }
}

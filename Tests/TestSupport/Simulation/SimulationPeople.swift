import ApprovalCore
import ApprovalEngine
import FlowConfig
import Support

/// What people did and what they were told: kept outside of everything that can be killed.
struct SimulationLedger {
    struct Form {
        var key: String
        var run: RunID?
    }

    struct Click {
        var receipt: Receipt
        var run: RunID
        var outcome: ClickOutcome
        /// How many records there were when it was sent.
        var sentAt: Int
    }

    var forms: [Form] = []
    /// Clicks that were acknowledged, in the order of their acknowledgements.
    var clicks: [Click] = []
    /// When access of a run must end at the latest, by what is on record, in milliseconds since the start.
    var ends: [RunID: Int64] = [:]
}

extension Simulation {
    private static let flows = [
        "prod", "prod", "prod", "two", "two", "two", "anybody", "hooked", "hooked", "hooked_chain", "hooked_chain",
        "auto", "auto", "go_ahead", "never",
    ]
    private static let targets = ["orders", "orders", "team", "team", "fragile", "fragile"]

    /// Everything that people are going to do of their own accord.
    func planPeople() {
        for form in 0..<weather.requests {
            ledger.forms.append(SimulationLedger.Form(key: "form-\(form)"))
            let isSame = weather.isOneMembership
            let flow = isSame ? "auto" : Self.flows[choose(Self.flows.count)]
            let target = isSame ? "team" : Self.targets[choose(Self.targets.count)]
            let requesterIndex = isSame || comes(70) ? 0 : 5
            let requester = Self.people[requesterIndex]
            let seconds = isSame ? 60 : chooseTime(60...1200)
            // The next request comes about when access of the last one ends.
            let time = isSame ? Int64(form) * 60_000 + chooseTime(0...3000) : chooseTime(0...300_000)
            at(time) { self.submit(form, flow, target, requester, seconds, tries: 6) }
            // Slack delivers some forms twice.
            if comes(25) {
                at(time + chooseTime(0...200)) { self.submit(form, flow, target, requester, seconds, tries: 6) }
            }
            planClicks(on: form, after: time, requester: requesterIndex)
        }
        for minutes: Int64 in [6, 12, 18, 22, 40, 60] { at(minutes * 60_000) { self.clearUp() } }
    }

    private static let deciders = [1, 1, 1, 2, 2, 2, 3, 3]
    private static let anybody = [0, 1, 2, 3, 4, 5, 6]
    /// What people press on, in the order of how far a request has come.
    private static let early: [Receipt.Action] = [.approve, .approve, .approve, .approve, .approve, .approve, .deny]
    private static let late: [Receipt.Action] = [.approve, .deny, .revoke, .revoke, .retry, .retry, .retry]

    private func planClicks(on form: Int, after start: Int64, requester: Int) {
        var time = start + chooseTime(500...20_000)
        for number in 0..<(2 + choose(8)) {
            let actions = number < 3 ? Self.early : Self.late
            let action = actions[choose(actions.count)]
            let circle =
                comes(15) ? Self.anybody : action == .retry || action == .revoke ? [requester, 1] : Self.deciders
            let person = Self.people[circle[choose(circle.count)]]
            for _ in 0...(comes(25) ? 1 : 0) {
                at(time + chooseTime(0...40)) { self.click(action, by: person, on: form, tries: 3) }
            }
            // Often at the same time as somebody else.
            if comes(60) { time += chooseTime(0...(comes(70) ? 60_000 : 500_000)) }
            if weather.deletesCards, comes(20) { at(time) { self.deleteCard(of: form) } }
        }
    }

    private func submit(
        _ form: Int, _ flowName: String, _ target: String, _ requester: Person, _ seconds: Int64, tries: Int
    ) {
        guard tries > 0 else { return }
        let again: @Sendable () -> Void = {
            self.at(self.now + 10_000) { self.submit(form, flowName, target, requester, seconds, tries: tries - 1) }
        }
        guard let process = chooseProcess(), let flow = configuration.flow(named: flowName) else { return again() }
        var requester = requester
        requester.observedAt = process.clock.now()
        let isAccess = flow.strategy != nil
        var fields: [String: FieldValue] = ["reason": .string("because")]
        if isAccess { fields["duration"] = .duration(seconds) }
        let new = NewRequest(
            flow: flow, requester: requester, target: isAccess ? target : nil, fields: fields, source: .slack,
            submissionKey: mutation == .doubleForms ? nil : ledger.forms[form].key
        )
        Task(executorPreference: executor) {
            do {
                let id = try await process.engine.submit(new)
                guard process.isAlive else { return again() }
                if let earlier = self.ledger.forms[form].run, earlier != id {
                    self.violated(.formOnce, "one form became two requests", "\(earlier) and \(id)")
                }
                self.ledger.forms[form].run = id
                if self.happens(self.weather.lostAnswers) { again() }
            } catch { again() }
        }
    }

    private func click(_ action: Receipt.Action, by person: Person, on form: Int, tries: Int) {
        guard let id = ledger.forms[form].run, let run = store.stored(id)?.run else { return }
        click(action, by: person, on: run, tries: tries)
    }

    private func click(_ action: Receipt.Action, by person: Person, on run: AccessRequest, tries: Int) {
        guard tries > 0 else { return }
        let again: @Sendable () -> Void = {
            self.at(self.now + 3000) { self.click(action, by: person, on: run, tries: tries - 1) }
        }
        guard let process = chooseProcess() else { return again() }
        let receipt = Receipt(
            id: ReceiptID(ids.next()), account: person.account, action: action, at: process.clock.now(),
            round: run.binding.round, copy: run.cards.first { $0.audience == .approvers && $0.copy != nil }?.copy
        )
        let sentAt = store.records.count
        Task(executorPreference: executor) {
            let outcome = await process.engine.click(receipt, on: run.id)
            guard process.isAlive, outcome != .notKept else { return again() }
            self.ledger.clicks.append(
                SimulationLedger.Click(receipt: receipt, run: run.id, outcome: outcome, sentAt: sentAt)
            )
            self.mayCutPowerSoon()
            // The acknowledgement is lost on its way: the person clicks again.
            if self.happens(self.weather.lostAnswers) { again() }
        }
    }

    private func deleteCard(of form: Int) {
        guard let id = ledger.forms[form].run, let run = store.stored(id)?.run else { return }
        let copies = run.cards.compactMap(\.copy)
        if !copies.isEmpty { slack.delete(copies[choose(copies.count)]) }
    }

    /// An admin looks at the target and says what became of attempts whose outcome nobody knows; requesters try again
    /// what failed.
    private func clearUp() {
        for run in store.storedRuns.map(\.run) {
            guard case .executionFailed(let failure) = run.state else { continue }
            if failure.kind == .ambiguous, !failure.isRetryable {
                let isOn = target.epochs[run.id] == failure.epoch
                click(isOn ? .confirmGranted : .confirmNotGranted, by: Sample.ada, on: run, tries: 1)
            } else if failure.isRetryable {
                click(.retry, by: run.submission.requester, on: run, tries: 1)
            }
        }
    }
}

import ApprovalCore
import Support
import TestSupport

/// A target system that does under each idempotency key what it is asked once, and answers the same ever after.
struct TargetModel {
    private(set) var isOn = false
    private var done: Set<String> = []

    mutating func escalate(_ epoch: Int) { if done.insert("escalate/\(epoch)").inserted { isOn = true } }
    mutating func deescalate(_ epoch: Int) { if done.insert("deescalate/\(epoch)").inserted { isOn = false } }
    func hasEscalated(_ epoch: Int) -> Bool { done.contains("escalate/\(epoch)") }
}

/// One run, a target system and people, between whom anything may happen in any order. Carries effects out the way the
/// engine does, and keeps no promise that the engine does not.
struct World {
    var story: Story
    var target = TargetModel()
    var effects: [Effect] = []
    /// A call that reached the target and whose answer is still on its way.
    var inFlight: Int?
    var removalFailures = 0
    var generator: SeededGenerator
    let terms: Terms
    let routing: Routing

    private static let people: [Person] = [
        .eve, .eveElsewhere, .ada, .bob, .cleo, .root, .gus, .sample("gone", isActive: false),
        .sample("robot", isBot: true),
    ]

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        terms = Story.terms(
            hasStrategy: generator.chance(85), allowRevoke: generator.chance(80),
            scheduleDeescalation: generator.chance(85), allowGuestInteraction: generator.chance(50),
            adminOverride: generator.chance(50),
            hooks: Hook.allCases.filter { _ in generator.chance(30) },
            retryAmbiguous: generator.chance(70)
        )
        let stages = (0...Int.random(in: 0...2, using: &generator)).map { index in
            Routing.Stage(
                places: [.channel("#\(index)")], forwardAfterSeconds: generator.chance(50) ? 600 : nil,
                forwardsOn: generator.pick([nil, nil, [], [.timeout], [.deliveryFailure]]))
        }
        routing = .sample(
            DeciderRule(
                level: generator.chance(30) ? .guest : .member, channelMembers: generator.chance(20) ? "C0DB" : nil),
            selfApproval: generator.chance(20), quorum: generator.pick([1, 1, 2, 3]), stages: stages
        )
        story = Story(terms)
        effects = [.route, .show(slot: Card.requesterSlot)]
        self.generator = generator
    }

    var run: AccessRequest { story.run }

    /// - Returns: the facts that were recorded.
    @discardableResult
    mutating func take(_ command: Command) -> [Fact] {
        guard let decision = try? story.take(command) else { return [] }
        for effect in decision.effects where !effects.contains(effect) { effects.append(effect) }
        return decision.facts
    }

    // MARK: Anything

    mutating func step() -> [Fact] {
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<35: return performAny()
        case 35..<65: return click()
        case 65..<80:
            story.now = story.now + .seconds(Int64.random(in: -30...900, using: &generator))
            return take(.checkDeadline(holdExpiries: generator.chance(20)))
        case 80..<85:
            guard let epoch = inFlight else { return [] }
            inFlight = nil
            return take(.granted(epoch: epoch, output: nil))
        default: return noise()
        }
    }

    /// What arrives late, twice, or about something else.
    private mutating func noise() -> [Fact] {
        let slot = generator.pick(run.cards).slot
        let copy = Card.Copy(channel: "C-\(slot)", ts: "\(Int.random(in: 1...9, using: &generator)).0")
        switch Int.random(in: 0..<9, using: &generator) {
        case 0: return take(.delivered(slot: slot, copy))
        case 1: return generator.chance(20) ? take(.undeliverable(slot: slot, reason: "gone")) : []
        case 2: return take(.copyLost(slot: slot, reason: "deleted"))
        case 3: return take(.adopted(copy))
        case 4: return take(.handlerFailed(.afterRequest, error: "x"))
        case 5: return take(.granted(epoch: 99, output: nil))
        case 6: return take(.removalDone(epoch: 99))
        case 7: return take(.routed(.ask(routing), round: 99))
        default: return take(.grantFailed(epoch: 99, .refused, error: "x", isRetryable: true, mayHaveReached: false))
        }
    }

    private mutating func click() -> [Fact] {
        let person = generator.pick(Self.people)
        var action = generator.pick(Receipt.Action.allCases + [.approve, .approve, .retry])
        // Admins tell the truth about the target.
        if action == .confirmGranted, !target.isOn || inFlight != nil { action = .approve }
        if action == .confirmNotGranted, target.isOn || inFlight != nil { action = .deny }
        let copies = run.cards.compactMap(\.copy)
        let before = story.run
        var after = story
        do throws(Refusal) {
            let decision = try after.press(
                action, by: person, at: story.now - .seconds(Int64.random(in: 0...5, using: &generator)),
                round: generator.chance(90) ? nil : 1, copy: copies.isEmpty ? nil : generator.pick(copies),
                knowing: generator.pick([.fresh, .fresh, .stale, .nothing]),
                channels: generator.chance(50) ? ["C0DB": generator.chance(80)] : [:])
            story = after
            for effect in decision.effects where !effects.contains(effect) { effects.append(effect) }
            return decision.facts
        } catch {
            precondition(before == story.run, "a refused click changes nothing")
            return []
        }
    }

    // MARK: Effects

    private mutating func performAny() -> [Fact] {
        guard !effects.isEmpty else { return [] }
        return perform(effects.remove(at: Int.random(in: 0..<effects.count, using: &generator)), isHealthy: false)
    }

    /// - Parameter isHealthy: nothing outside fails.
    mutating func perform(_ effect: Effect, isHealthy: Bool) -> [Fact] {
        switch effect {
        case .route, .routeApproved:
            let answers: [RoutingAnswer] = [
                .ask(routing), .ask(routing), .ask(routing), .ask(routing),
                .approve(reason: nil, rule: "r", routing: routing), .deny(reason: nil, rule: "r", routing: nil),
                .failed(error: "x"),
            ]
            return take(.routed(isHealthy ? .ask(routing) : generator.pick(answers), round: run.binding.round))
        case .classify(let id):
            guard let open = run.openReceipts.first(where: { $0.receipt.id == id }) else { return [] }
            let person = Self.people.first { $0.account == open.receipt.account } ?? .ada
            let evidence = Evidence(person: person.seen(at: run.lastFactAt), channels: ["C0DB": generator.chance(80)])
            return take(.classified(id, generator.chance(20) ? .failed("x") : .evidence(evidence)))
        case .consult(_, let id):
            let answers: [HookAnswer] = [
                .proceed, .proceed, .ignore(message: "x"), .failed(error: "x"), .transition(.deny, reason: nil),
                .transition(.approve, reason: nil), .transition(.deescalate, reason: nil),
            ]
            return take(.consulted(id, generator.pick(answers)))
        case .ask(let hook, let occasion):
            let answers: [HookAnswer] = [
                .proceed, .proceed, .ignore(message: "x"), .failed(error: "x"), .transition(.deny, reason: nil),
                .transition(.approve, reason: nil), .transition(.deescalate, reason: nil),
                .transition(.deny, reason: nil, change: JobChange(durationSeconds: 9999)),
            ]
            return take(.answered(hook, occasion, isHealthy ? .proceed : generator.pick(answers)))
        case .show(let slot): return take(.delivered(slot: slot, Card.Copy(channel: "C-\(slot)", ts: "1.0")))
        case .tell, .report: return []
        case .escalate(let epoch): return escalate(epoch, isHealthy: isHealthy)
        case .deescalate(let epoch): return deescalate(epoch, isHealthy: isHealthy)
        }
    }

    private mutating func escalate(_ epoch: Int, isHealthy: Bool) -> [Fact] {
        // Calls for one grant key run one after the other.
        guard inFlight == nil else {
            effects.append(.escalate(epoch: epoch))
            return []
        }
        guard let attempt = run.attempt, attempt.epoch == epoch, story.now < attempt.deadline else { return [] }
        if !isHealthy, generator.chance(10) {
            return take(.bindingBroken(Story.rebinding(terms, round: run.binding.round + 1)))
        }
        let wasUnderWay = attempt.isUnderWay
        if wasUnderWay, !terms.retryAmbiguous {
            return fail(epoch, .ambiguous, isRetryable: false, mayHaveReached: true)
        }
        var facts = wasUnderWay ? [] : take(.attemptStarts(epoch: epoch))
        switch isHealthy ? 0 : Int.random(in: 0..<7, using: &generator) {
        case 0, 1:
            target.escalate(epoch)
            facts += take(.granted(epoch: epoch, output: "{}"))
        case 2:
            target.escalate(epoch)
            inFlight = epoch
        case 3:
            // Killed between the call and its record: the entry is claimed again.
            if generator.chance(50) { target.escalate(epoch) }
            effects.append(.escalate(epoch: epoch))
        case 4:
            if generator.chance(50) { target.escalate(epoch) }
            if generator.chance(50), terms.retryAmbiguous {
                effects.append(.escalate(epoch: epoch))
            } else {
                facts += fail(epoch, .ambiguous, isRetryable: terms.retryAmbiguous, mayHaveReached: true)
            }
        case 5:
            if !wasUnderWay { facts += take(.attemptDidNotLeave(epoch: epoch)) }
            if generator.chance(50) {
                effects.append(.escalate(epoch: epoch))
            } else {
                facts += fail(
                    epoch, wasUnderWay ? .ambiguous : .notSent, isRetryable: !wasUnderWay || terms.retryAmbiguous,
                    mayHaveReached: wasUnderWay)
            }
        default:
            // What was done under this key before is not refused now.
            if target.hasEscalated(epoch) {
                facts += take(.granted(epoch: epoch, output: "{}"))
            } else {
                facts += fail(epoch, .refused, isRetryable: true, mayHaveReached: wasUnderWay)
            }
        }
        return facts
    }

    private mutating func fail(
        _ epoch: Int, _ kind: Failure.Kind, isRetryable: Bool, mayHaveReached: Bool
    ) -> [Fact] {
        take(.grantFailed(epoch: epoch, kind, error: "x", isRetryable: isRetryable, mayHaveReached: mayHaveReached))
    }

    private mutating func deescalate(_ epoch: Int, isHealthy: Bool) -> [Fact] {
        guard inFlight == nil else {
            effects.append(.deescalate(epoch: epoch))
            return []
        }
        guard run.removal?.epoch == epoch else { return [] }
        if !isHealthy, generator.chance(50) {
            if generator.chance(50) { target.deescalate(epoch) }
            removalFailures += 1
            effects.append(.deescalate(epoch: epoch))
            return take(.removalFailed(epoch: epoch, error: "x", attempt: removalFailures))
        }
        target.deescalate(epoch)
        return take(.removalDone(epoch: epoch))
    }

    // MARK: The end

    /// Nobody does anything any more and nothing fails: what is due happens, until nothing is.
    mutating func settle() throws {
        for _ in 0..<1000 {
            if let epoch = inFlight {
                inFlight = nil
                take(.granted(epoch: epoch, output: nil))
            } else if !effects.isEmpty {
                _ = perform(effects.removeFirst(), isHealthy: true)
            } else if let wakeAt = run.wakeAt {
                story.now = max(story.now, wakeAt)
                take(.checkDeadline(holdExpiries: false))
            } else {
                return
            }
        }
        throw Unexpected(says: "still busy: \(run.state)")
    }
}

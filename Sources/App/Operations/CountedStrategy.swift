import ApprovalCore
import ApprovalEngine
import Support

extension ServerMetrics {
    /// - Parameter strategies: by type.
    func counting(_ strategies: [String: any AccessStrategy], clock: WallClock) -> [String: any AccessStrategy] {
        var counted: [String: any AccessStrategy] = [:]
        for (type, strategy) in strategies {
            counted[type] = CountedStrategy(type: type, strategy: strategy, metrics: self, clock: clock)
        }
        return counted
    }
}

/// A strategy whose failures are counted, and how late access was taken back through it.
struct CountedStrategy: AccessStrategy {
    let type: String
    let strategy: any AccessStrategy
    let metrics: ServerMetrics
    let clock: WallClock

    func sharing(_ order: AccessOrder) -> Sharing { strategy.sharing(order) }

    func escalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        do throws(StrategyError) { return try await strategy.escalate(order) } catch {
            count("escalate")
            throw error
        }
    }

    func deescalate(_ order: AccessOrder) async throws(StrategyError) -> String? {
        do throws(StrategyError) {
            let output = try await strategy.deescalate(order)
            if case .removing(let removal) = order.run.state {
                metrics.removalLateness.observe(removal.lateness(at: clock.now()))
            }
            return output
        } catch {
            count("deescalate")
            throw error
        }
    }

    /// What was broken off because the program stops has not failed.
    private func count(_ step: String) {
        if !Task.isCancelled { metrics.strategyFailures.count(type, step) }
    }
}

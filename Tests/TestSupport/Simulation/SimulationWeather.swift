/// How bad things are in one simulation: chosen by its seed, so that calm and rough ones both happen.
struct SimulationWeather {
    var replicas: Int
    /// Out of a hundred calls each.
    var storeFaults: Int
    var slackFaults: Int
    var targetFaults: Int
    var lookUpFaults: Int
    /// Of our acknowledgements.
    var lostAnswers: Int
    /// How far a replica's clock is off, at most, in milliseconds.
    var skewMax: Int64
    /// How many processes are killed, each at some call of its own.
    var kills: Int
    /// How often the machine that the store is on loses its power.
    var powerCuts: Int
    var slackOutage: ClosedRange<Int64>?
    var targetOutage: ClosedRange<Int64>?
    /// When the target's address changes in the configuration.
    var configurationChange: Int64?
    var deletesCards: Bool
    var requests: Int
    /// Whether one person asks for the same shared access again and again.
    var isOneMembership: Bool

    /// Nothing goes wrong but the order of things.
    var isCalm: Bool {
        storeFaults + slackFaults + targetFaults + lookUpFaults + lostAnswers + kills + powerCuts == 0
            && slackOutage == nil
            && targetOutage == nil
    }

    /// When faults end, in milliseconds from the start: from then on everything comes to rest.
    static let end: Int64 = 20 * 60_000

    init(_ random: inout SeededGenerator) {
        let isRough = random.chance(75)
        func rate(_ most: Int, _ random: inout SeededGenerator) -> Int {
            isRough && random.chance(60) ? Int.random(in: 1...most, using: &random) : 0
        }
        func outage(_ random: inout SeededGenerator) -> ClosedRange<Int64>? {
            guard isRough, random.chance(20) else { return nil }
            let start = Int64.random(in: 0...600_000, using: &random)
            return start...(start + Int64.random(in: 1000...240_000, using: &random))
        }
        replicas = random.chance(30) ? 1 : Int.random(in: 2...3, using: &random)
        storeFaults = rate(10, &random)
        slackFaults = rate(25, &random)
        targetFaults = rate(70, &random)
        lookUpFaults = rate(25, &random)
        lostAnswers = rate(20, &random)
        skewMax = random.chance(50) ? Int64.random(in: 0...2000, using: &random) : 0
        kills = isRough && random.chance(60) ? Int.random(in: 1...4, using: &random) : 0
        powerCuts = isRough && random.chance(30) ? Int.random(in: 1...2, using: &random) : 0
        slackOutage = outage(&random)
        targetOutage = outage(&random)
        configurationChange = random.chance(15) ? Int64.random(in: 0...600_000, using: &random) : nil
        deletesCards = isRough && random.chance(20)
        isOneMembership = random.chance(20)
        requests = isOneMembership ? 4 : Int.random(in: 1...3, using: &random)
    }
}

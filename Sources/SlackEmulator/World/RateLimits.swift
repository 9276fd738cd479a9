import Support

/// Slack's rates, kept only where a test asks for them (`POST /emulator/limits`).
struct RateLimits: Sendable {
    /// One message per second and channel, with this many at once tolerated (slack.md 2.1; the figure is unpublished).
    static let channelBurst = 3.0

    var isStrict = false
    /// Pages of lists are half full, and one is empty.
    var shortPages = false
    private var buckets: [String: Bucket] = [:]

    private struct Bucket: Sendable {
        var tokens: Double
        var at: Timestamp
    }

    /// Takes one call from a method's and, for posting, a channel's allowance. How long to wait, where it is spent.
    mutating func take(_ method: String, workspace: String, channel: String?, at now: Timestamp) -> Duration? {
        guard isStrict, let tier = WebMethod.all[method]?.tier else { return nil }
        let perMinute = Double(tier.rawValue)
        if method == "chat.postMessage", let channel {
            let wait = take(
                key: "\(method) \(workspace) \(channel)", perSecond: 1, burst: Self.channelBurst, at: now)
            if let wait { return wait }
        }
        return take(key: "\(method) \(workspace)", perSecond: perMinute / 60, burst: perMinute, at: now)
    }

    private mutating func take(key: String, perSecond: Double, burst: Double, at now: Timestamp) -> Duration? {
        var bucket = buckets[key] ?? Bucket(tokens: burst, at: now)
        let passed = Double(max(0, (now - bucket.at).milliseconds)) / 1000
        bucket.tokens = min(burst, bucket.tokens + passed * perSecond)
        bucket.at = now
        defer { buckets[key] = bucket }
        if bucket.tokens < 1 { return .seconds(Int64(((1 - bucket.tokens) / perSecond).rounded(.up))) }
        bucket.tokens -= 1
        return nil
    }

    mutating func reset() { buckets = [:] }
}

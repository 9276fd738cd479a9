import ApprovalCore
import ApprovalEngine
import FoundationEssentials
import Support
import TestSupport
import Testing

/// `Fixtures/stored` holds runs as versions before this one wrote them, named after their states. Servers of two
/// versions work on one database while they are replaced one after the other, so what was written stays readable.
@Suite struct `Stored runs` {
    private static let folder = "stored/"

    @Test func `are read by later versions, and written so that they can be read again`() throws {
        for file in try Fixtures.names(in: Self.folder) {
            let run = try StoredJSON.decode(AccessRequest.self, from: try Fixtures.bytes(Self.folder + file))
            #expect(file == run.state.name + ".json")
            #expect(try StoredJSON.decode(AccessRequest.self, from: StoredJSON.encode(run)) == run)
        }
    }

    /// With `UPDATE_FIXTURES=1` the samples are written anew, as this version does.
    @Test func `of every state are among the samples`() async throws {
        for name in [
            "submitted", "pending", "escalating", "active", "removed", "denied", "expired", "failed",
        ] {
            let run = try await Self.run(name)
            #expect(run.state.name == name)
            if ProcessInfo.processInfo.environment["UPDATE_FIXTURES"] == "1" {
                try expectGolden(String(decoding: StoredJSON.encode(run), as: UTF8.self), Self.folder + name + ".json")
            }
            #expect(try Fixtures.names(in: Self.folder).contains(name + ".json"))
        }
    }

    private static func run(_ state: String) async throws -> AccessRequest {
        let fixture = try EngineFixture()
        try await fixture.know(Sample.dana)
        let id: RunID
        switch state {
        case "submitted": id = try await fixture.submit()
        case "active": id = try await fixture.granted()
        case "removed":
            id = try await fixture.granted()
            _ = try await fixture.click(.revoke, by: Sample.bob, on: id)
            try await fixture.settle()
        case "expired":
            id = try await fixture.asked()
            try await fixture.pass(.hours(2), step: .minutes(30))
        default: id = try await fixture.asked()
        }
        switch state {
        case "escalating": _ = try await fixture.click(.approve, by: Sample.dana, on: id)
        case "denied":
            _ = try await fixture.click(.deny, by: Sample.dana, on: id)
            try await fixture.settle()
        case "failed":
            fixture.strategy.onGrant(.refused("The target said no."))
            _ = try await fixture.click(.approve, by: Sample.dana, on: id)
            try await fixture.settle()
        default: break
        }
        return try await fixture.run(id)
    }
}

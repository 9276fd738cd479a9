import ApprovalCore
import ApprovalEngine
import HTTPModel
import Support
import SymAPI
import TestSupport
import Testing

@Suite struct `Runs through the API` {
    @Test func `those whom a run concerns see all of it, others how it stands, guests nothing`() async throws {
        let here = try EventsFixture()
        var body = EventsFixture.access.object ?? [:]
        body["user_email"] = "dana@acme.test"
        let asked = try await here.asked(.object(body))
        for caller in ["ada", "dana", "bot"] {
            let run = try await here.call("GET", "runs/\(asked.run)", as: caller)
            #expect(run["fields"]?["reason"] == "INC-1", "\(caller)")
        }
        for caller in ["bob", "other"] {
            let run = try await here.call("GET", "runs/\(asked.run)", as: caller)
            #expect(run["status"] == "requested" && run["fields"] == nil && run["requester"] == nil, "\(caller)")
            #expect(try await here.call("GET", "runs/\(asked.run)/events", as: caller).status == 403)
        }
        #expect(try await here.call("GET", "runs/\(asked.run)", as: "gus").status == 404)
        #expect(try await here.event(asked.event, as: "gus").status == 404)
        #expect(try await here.call("GET", "runs/nowhere", as: "ada").status == 404)
        #expect(try await here.call("GET", "event/\(asked.event)", as: "bot").status == 200)
    }

    @Test func `a list has the newest first, in pages, and only what concerns the caller`() async throws {
        let here = try EventsFixture()
        var runs: [RunID] = []
        for number in 0..<5 {
            here.engine.clock.advance(.seconds(1))
            runs.append(try await here.asked(as: number == 2 ? "other" : "bot").run)
        }
        try await here.engine.settle()
        let all = try await here.call("GET", "runs", as: "ada")
        #expect(names(all) == runs.reversed().map(\.text) && all["next_cursor"] == .null)
        #expect(names(try await here.call("GET", "runs", as: "other")) == [runs[2].text])
        #expect(names(try await here.call("GET", "runs", as: "gus")) == [])

        var seen: [String] = []
        var cursor = ""
        repeat {
            let page = try await here.call("GET", "runs?limit=2" + cursor, as: "ada")
            #expect(names(page).count <= 2)
            seen += names(page)
            cursor = page["next_cursor"]?.text.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(seen == runs.reversed().map(\.text))
    }

    @Test func `a list can be filtered`() async throws {
        let here = try EventsFixture()
        let first = try await here.asked()
        _ = try await here.call("POST", "runs/\(first.run)/deny", as: "dana")
        here.engine.clock.advance(.hours(1))
        let second = try await here.asked(EventsFixture.access)
        func found(_ query: String) async throws -> [String] {
            names(try await here.call("GET", "runs?" + query, as: "ada"))
        }
        #expect(try await found("status=denied") == [first.run.text])
        #expect(try await found("status=denied,requested") == [second.run.text, first.run.text])
        #expect(try await found("flow=prod") == [second.run.text])
        #expect(try await found("flow=acme:flow:prod:latest") == [second.run.text])
        #expect(try await found("flow=nowhere") == [])
        #expect(try await found("requester=\(EventsFixture.bot.id)") == [first.run.text])
        #expect(try await found("requester=nobody%40acme.test") == [])
        #expect(try await found("since=2026-03-02T09:30:00Z") == [second.run.text])
        #expect(try await found("until=2026-03-02T10:30:00%2B01:00") == [first.run.text])
        for query in ["limit=0", "limit=101", "limit=x", "status=odd", "since=yesterday", "cursor=x"] {
            #expect(try await here.call("GET", "runs?" + query, as: "ada").status == 400, "\(query)")
        }
    }

    private func names(_ answer: EventsFixture.Answer) -> [String] {
        (answer["runs"]?.elements ?? []).compactMap { $0["id"]?.text }
    }

    // MARK: Waiting

    @Test func `a long poll answers at once where the run is another than the caller knows`() async throws {
        let here = try EventsFixture()
        let asked = try await here.asked()
        let old = try #require(try await here.call("GET", "runs/\(asked.run)", as: "bot")["version"]?.text)
        _ = try await here.call("POST", "runs/\(asked.run)/deny", as: "dana")
        let answer = try await here.call("GET", "runs/\(asked.run)?wait=60&version=\(old)", as: "bot")
        #expect(answer["status"] == "denied" && answer["version"]?.text != old)
    }

    @Test func `a long poll answers at the change, or when its time is over`() async throws {
        let here = try EventsFixture()
        let asked = try await here.asked()
        let waiting = Task { try await here.call("GET", "runs/\(asked.run)?wait=60", as: "bot") }
        _ = await here.engine.waiting.untilSomebodyWaits()
        _ = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana")
        #expect(try await waiting.value["status"] == "approved")

        let asked2 = try await here.asked()
        let patient = Task { try await here.call("GET", "runs/\(asked2.run)?wait=5", as: "bot") }
        _ = await here.engine.waiting.untilSomebodyWaits()
        here.engine.clock.advance(.seconds(6))
        here.engine.waiting.ring(.run(asked2.run.text))
        #expect(try await patient.value["status"] == "requested")
    }

    @Test func `only a long poll may take longer than other calls`() throws {
        let here = try EventsFixture()
        func deadline(_ target: String, _ method: String = "GET") -> Duration? {
            here.api.answerDeadline(for: HTTPRequest(method: method, target: "/api/v1/" + target))
        }
        #expect(deadline("runs/1?wait=30") == .seconds(35))
        #expect(deadline("runs/1?wait=9999") == .seconds(65))
        #expect(deadline("runs/1") == nil)
        #expect(deadline("runs/1?wait=-5") == nil)
        #expect(deadline("runs/1?wait=x") == nil)
        #expect(deadline("runs?wait=30") == nil)
        #expect(deadline("runs/1?wait=30", "DELETE") == nil)
    }

    // MARK: The story

    @Test func `the story of a run is told in Sym's event documents`() async throws {
        let here = try EventsFixture()
        let asked = try await here.asked(EventsFixture.access)
        _ = try await here.call("POST", "runs/\(asked.run)/approve", as: "dana")
        try await here.engine.settle()
        _ = try await here.call("POST", "events/deescalate", as: "bot", ["run_id": .string(asked.run.text)])
        try await here.engine.settle()
        let story = try await here.call("GET", "runs/\(asked.run)/events", as: "bot")
        let events = try #require(story["events"]?.elements)
        let steps = events.map { "\($0["event"]?["type"]?.text ?? "") \($0["state"]?["status"]?.text ?? "")" }
        #expect(
            steps == [
                "request completed", "approve completed", "approve completed", "escalate processing",
                "escalate completed", "deescalate processing", "deescalate completed",
            ]
        )
        #expect(events.map { $0["event"]?["channel"]?.text }.prefix(3) == ["api", "api", "api"])
        #expect(events[0]["actor"]?["username"] == "bob@acme.test")
        #expect(events[1]["actor"]?["username"] == "dana@acme.test")
        #expect(events[5]["fields"]?["deescalate_type"] == "manual")
        #expect(events[0]["fields"]?["target"]?["name"] == "orders")
        #expect(events[6]["run"]?["actors"]?["approve"]?["username"] == "dana@acme.test")
        let ids = events.compactMap { $0["id"]?.text }
        #expect(Set(ids).count == events.count)
        let again = try await here.call("GET", "runs/\(asked.run)/events", as: "bot")
        #expect(again["events"]?.elements?.compactMap { $0["id"]?.text } == ids, "ids stay")
    }
}

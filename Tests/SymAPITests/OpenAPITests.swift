import HTTPModel
import Support
import SymAPI
import TestSupport
import Testing

@Suite struct `The API's own description` {
    @Test func `says something of every route of ours, and marks what Sym did not have`() async throws {
        let here = try EventsFixture()
        let routes = EventRoutes(engine: here.engine.engine).routes
        #expect(OpenAPIDocument.undescribed(routes) == [])
        let response = await here.api.respond(to: HTTPRequest(target: "/api/v1/openapi.json"))
        let document = try JSONValue(parsing: response.bytes)
        #expect(response.status == 200 && document["openapi"] == "3.1.0")
        let paths = try #require(document["paths"]?.object)
        #expect(Set(paths.names) == Set(routes.map { "/" + $0.pattern } + ["/openapi.json"]))
        #expect(paths["/runs/{id}/deny"]?["post"]?["x-symflow-addition"] == true)
        #expect(paths["/events/deescalate"]?["post"]?["x-symflow-addition"] == nil)
        #expect(paths["/runs/{id}"]?["get"]?["parameters"]?[0]?["in"] == "path")
    }

    @Test func `refers to nothing that is not there`() throws {
        let here = try EventsFixture()
        let document = OpenAPIDocument.document(of: EventRoutes(engine: here.engine.engine).routes)
        var references: Set<String> = []
        func collect(_ value: JSONValue) {
            for element in value.elements ?? [] { collect(element) }
            for (name, value) in value.object ?? [:] {
                if name == "$ref", let text = value.text { references.insert(text) }
                collect(value)
            }
        }
        collect(document)
        #expect(references.count > 5)
        for reference in references {
            let found = reference.split(separator: "/").dropFirst().reduce(document as JSONValue?) { $0?[String($1)] }
            #expect(found?.object != nil, "\(reference)")
        }
    }

    @Test func `a route that nobody describes is found out`() {
        let route = APIRoute("GET", "nobody/knows", .everybody) { _ in APIResponse.json([:]) }
        #expect(OpenAPIDocument.undescribed([route]) == ["GET nobody/knows"])
    }
}

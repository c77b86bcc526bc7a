import Platform
import Testing
import Training

@Suite struct StrictYAMLTests {
  struct Inner: Codable, Equatable {
    var learningRate = 0.5
    var widths = [1, 2]
    enum CodingKeys: String, CodingKey {
      case learningRate = "learning_rate"
      case widths
    }
  }
  struct Outer: Codable, Equatable {
    var name = "a"
    var inner = Inner()
    var steps = 10
  }

  func decode(_ text: String, _ overrides: [String] = []) throws -> Outer {
    try StrictYAML.decode(
      defaults: Outer(), text: text, overrides: overrides, path: "c.yaml")
  }

  @Test func defaultsFillWhatIsNotSaid() throws {
    #expect(try decode("") == Outer())
    #expect(try decode("inner: {learning_rate: 2}").inner == Inner(learningRate: 2, widths: [1, 2]))
  }

  @Test func overridesComeLast() throws {
    let value = try decode("steps: 3", ["steps=4", "inner.widths=[7]"])
    #expect(value.steps == 4 && value.inner.widths == [7])
  }

  @Test(arguments: [
    ("stesp: 3", "unknown key stesp, did you mean steps?"),
    ("inner: {learning_rat: 3}", "unknown key inner.learning_rat, did you mean learning_rate?"),
    ("steps: many", "steps must be a whole number"),
    ("inner: 3", "inner must be a mapping"),
    ("- 1", "must be a mapping"),
    ("a: [", "is not valid YAML"),
    ("inner: {widths: 3}", "inner.widths"),
  ])
  func badConfigurationsSayWhatIsWrong(_ text: String, _ message: String) {
    do {
      _ = try decode(text)
      Issue.record("accepted \(text)")
    } catch let error as ReportableError {
      #expect(error.description.contains(message), "\(error)")
      #expect(error.code == .badData)
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func unknownOverrideIsAnError() {
    #expect(throws: ReportableError.self) { try decode("", ["inner.learning=3"]) }
    #expect(throws: ReportableError.self) { try decode("", ["nothing"]) }
  }
}

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
    #expect(
      try decode("inner: {learning_rate: 2}").inner == Inner(learningRate: 2, widths: [1, 2]))
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
    ("steps: 1\nsteps: 2", "is not valid YAML"),
    ("steps: 1.5", "steps must be a whole number"),
    ("steps: {a: 1}", "steps must be a single value"),
    ("steps: [1]", "steps must be a single value"),
    ("steps:", "steps must be a whole number"),
    ("inner: {learning_rate: [1]}", "inner.learning_rate must be a single value"),
    ("inner: {widths: [1, x]}", "inner.widths"),
    ("nam: x\nstep: 3\ninner: {width: 1}", "name?; unknown key step, did you mean steps?"),
    ("zzzzzzzzzz: 1", "known are name, inner, steps"),
    ("1: 2", "unknown key 1"),
    ("\"\": 2", "unknown key"),
    ("steps: 99999999999999999999", "steps must be a whole number"),
    ("\tsteps: 1", "is not valid YAML"),
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

  @Test func overridesAreReadInOrder() throws {
    #expect(try decode("", ["steps=4", "steps=5"]).steps == 5)
    let inner = try decode("inner: {learning_rate: 3}", ["inner={widths: [9]}"]).inner
    #expect(inner == Inner(learningRate: 3, widths: [9]))
    #expect(try decode("", ["name=a=b"]).name == "a=b")
    #expect(try decode("name: x", ["name="]).name == "")
    #expect(try decode("name: 12").name == "12")
  }

  @Test(arguments: [
    ("inner.learning=3", "unknown key inner.learning; known are learning_rate, widths"),
    ("steps.x=3", "unknown key steps.x: steps holds a value, not keys"),
    ("inner..widths=3", "unknown key inner."),
    ("nothing", "--set needs key=value"),
    ("=3", "--set needs key=value"),
    ("steps=[1", "is not valid YAML"),
    ("inner=3", "inner must be a mapping"),
  ])
  func badOverridesSayWhatIsWrong(_ override: String, _ message: String) {
    do {
      _ = try decode("", [override])
      Issue.record("accepted \(override)")
    } catch let error as ReportableError {
      #expect(error.description.contains(message), "\(error)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func aTableIsGivenAsAWhole() throws {
    struct Shares: Codable, Equatable { var table: ShareTable = ["a": 1, "b": 2] }
    func decode(_ text: String, _ overrides: [String] = []) throws -> ShareTable {
      try StrictYAML.decode(
        defaults: Shares(), text: text, overrides: overrides, tables: ["table"], path: "c.yaml"
      ).table
    }
    #expect(try decode("") == ["a": 1, "b": 2])
    #expect(try decode("table: {b: 3}") == ["b": 3])
    #expect(try decode("table: {b: 3}", ["table.a=4"]) == ["a": 4, "b": 3])
    #expect(try decode("", ["table={a: 5}"]) == ["a": 5])
    #expect(throws: ReportableError.self) { try decode("table: {c: 3}") }
    #expect(throws: ReportableError.self) { try decode("", ["table.c=3"]) }
  }

  @Test func numbersAreWrittenAsTheyAreRead() throws {
    struct Numbers: Codable { var a = 0.1, b = 1e-8, c = 123456.5, d = [0.5, 2], e = "1e-1" }
    let text = try StrictYAML.encode(Numbers())
    for part in ["a: 0.1\n", "b: 1e-08\n", "c: 123456.5\n", "d: [0.5, 2.0]\n"] {
      #expect(text.contains(part), "\(text)")
    }
    let back = try StrictYAML.decode(defaults: Numbers(), text: text, path: "")
    #expect(back.e == "1e-1")
  }
}

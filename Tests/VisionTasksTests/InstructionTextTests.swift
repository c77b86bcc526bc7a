import Platform
import TensorCore
import Testing
import VisionTasks

@Suite struct InstructionTextTests {
  @Test(arguments: TaskKind.allCases)
  func thereAreEnoughSentencesAndTheyDiffer(_ task: TaskKind) {
    let texts = InstructionTexts.of(task)
    let all = texts.all.map { $0.text.lowercased() }
    #expect(all.count >= 80)
    #expect(Set(all).count == all.count)
    #expect(texts.heldOut.count >= 12)
    #expect(texts.training.count >= 5 * texts.heldOut.count)
    for template in texts.all {
      #expect(template.namesCategory == (task != .depth), "\(template.text)")
      #expect(template.namesPositiveColor == (task == .classification), "\(template.text)")
      #expect(template.namesNegativeColor == (task == .classification), "\(template.text)")
    }
  }

  @Test func noSentenceServesTwoTasks() {
    let all = TaskKind.allCases.flatMap { InstructionTexts.of($0).all.map(\.text) }
    #expect(Set(all).count == all.count)
  }

  @Test func fixedSentencesAreThePapers() {
    #expect(InstructionTexts.of(.segmentation).fixed.filled(category: "dog") == "Segment the dog")
    #expect(InstructionTexts.of(.detection).fixed.filled(category: "dog") == "Detect the dog")
    #expect(
      InstructionTexts.of(.depth).fixed.filled(category: "") == "Estimate the depth of this image")
    #expect(
      InstructionTexts.of(.classification).fixed
        .filled(category: "dog", positive: "red", negative: "blue")
        == "Display red if the image contains dog, else display blue")
  }

  @Test func articlesAndNumbersFollowTheCategory() {
    func filled(_ text: String, _ category: String) -> String {
      PromptTemplate(builtIn: text).filled(
        category: category, positive: "orange", negative: "green")
    }
    #expect(filled("Look for a %.", "apple") == "Look for an apple.")
    #expect(filled("Look for an %.", "dog") == "Look for a dog.")
    #expect(filled("Look for a %.", "stairs") == "Look for stairs.")
    #expect(filled("Is there a % in view?", "water") == "Is there water in view?")
    #expect(filled("[Is|Are] there a %?", "scissors") == "Are there scissors?")
    #expect(filled("[is|are] there a %?", "dog") == "Is there a dog?")
    #expect(filled("Box every %.", "grass") == "Box all grass.")
    #expect(filled("Every % counts.", "person") == "Every person counts.")
    #expect(filled("Every % counts.", "skis") == "All skis counts.")
    #expect(filled("Find all %s.", "person") == "Find all people.")
    #expect(filled("Find all %s.", "bus") == "Find all buses.")
    #expect(filled("Find all %s.", "chest of drawers") == "Find all chests of drawers.")
    #expect(filled("A * image or a # one", "dog") == "An orange image or a green one")
    #expect(filled("a % here", "hour hand") == "An hour hand here")
    #expect(filled("a % here", "unicycle") == "A unicycle here")
  }

  @Test func pluralsComeBack() {
    for category in CategoryLists.all {
      #expect(CategoryGrammar.singular(of: category) == category)
      #expect(
        CategoryGrammar.singular(of: CategoryGrammar.plural(of: category)) == category,
        "\(CategoryGrammar.plural(of: category))")
    }
    #expect(CategoryGrammar.number(of: "stairs") == .plural)
    #expect(CategoryGrammar.number(of: "bus") == .countable)
    #expect(CategoryGrammar.number(of: "water") == .mass)
    #expect(CategoryGrammar.number(of: "wine glass") == .countable)
    #expect(CategoryGrammar.number(of: "chest of drawers") == .countable)
  }

  @Test func templatesFromFilesArePlain() {
    let template = PromptTemplate("segment the % [is|are] and the %s")
    #expect(template.filled(category: "dog") == "segment the dog [is|are] and the dogs")
  }

  @Test func theSamePositionDrawsTheSameSentence() {
    let annotation = ClassificationTask.Annotation(
      category: " potted  plant ", isPresent: true,
      colors: VerdictColors(positive: .white, negative: .black))
    var first = RandomStream(seed: 4)
    var second = RandomStream(seed: 4)
    var drawn = Set<String>()
    for _ in 0..<200 {
      let one = ClassificationTask().instruction(
        for: annotation, phrasing: .training, using: &first)
      let other = ClassificationTask().instruction(
        for: annotation, phrasing: .training, using: &second)
      #expect(one == other)
      #expect(one.category == "potted plant")
      drawn.insert(one.text)
    }
    #expect(drawn.count > 30)
    let before = first
    _ = ClassificationTask().instruction(for: annotation, phrasing: .template, using: &first)
    #expect(first == before)
  }

  @Test func promptFilesAreReadAsTheAuthorsWriteThem() throws {
    let file = try PromptFile(
      text: "\u{FEFF}Segment the %.\r\n\r\n  Find all %s!  \nlo%e it", task: .segmentation)
    #expect(file.templates.map(\.text) == ["Segment the %.", "Find all %s!", "lo%e it"])
    var stream = RandomStream(seed: 1)
    let task = SegmentationTask()
    var drawn = Set<String>()
    for _ in 0..<50 {
      drawn.insert(
        task.instruction(
          for: .init(category: "cat", masks: []), phrasing: .file(file), using: &stream
        ).text)
    }
    #expect(drawn == ["Segment the cat.", "Find all cats!", "locate it"])
  }

  @Test(arguments: [
    ("", TaskKind.depth, "holds no sentence"),
    ("\n \n", .segmentation, "holds no sentence"),
    ("Do something.", .detection, "no line names the category"),
    ("Show it if there is a %.", .classification, "no line names the colour"),
    ("Estimate the depth.\nDepth of %", .depth, "line 2 has a place for a category"),
    ("Segment % in *", .segmentation, "line 1 has a place for a colour (*)"),
    ("Detect %\nDetect % #", .detection, "line 2 has a place for a colour (#)"),
  ])
  func brokenPromptFilesAreRefused(_ text: String, _ task: TaskKind, _ message: String) {
    do {
      _ = try PromptFile(text: text, task: task)
      Issue.record("accepted")
    } catch let error as ReportableError {
      #expect(error.code == .badData)
      #expect(error.message.contains(message), "\(error)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func promptFilesAreBounded() {
    #expect(throws: ReportableError.self) {
      try PromptFile(text: String(repeating: "%", count: 1001), task: .detection)
    }
    #expect(throws: ReportableError.self) {
      try PromptFile(text: String(repeating: "%\n", count: 20_001), task: .detection)
    }
  }

  @Test func missingPromptFilesAreReported() {
    #expect(throws: ReportableError.self) {
      try PromptFile(path: "/nowhere/prompts.txt", task: .depth)
    }
  }

  @Test func colorsResolveAsInPillow() {
    #expect(NamedColor("green")?.color == .init(0, 128, 0))
    #expect(NamedColor("Orange")?.color == .init(255, 165, 0))
    #expect(NamedColor("Rosy Brown")?.color == .init(188, 143, 143))
    #expect(NamedColor("#0A0b0C")?.color == .init(10, 11, 12))
    for name in ["", "dog", "#12345", "#1234567", "#+12345", "#ggg000", "light"] {
      #expect(NamedColor(name) == nil, "\(name)")
    }
    #expect(NamedColor.table.count == 148)
    #expect(VerdictColors.palette.count == 16)
    #expect(Set(VerdictColors.palette.map(\.color)).count == 16)
  }

  @Test func randomColorsDiffer() {
    var stream = RandomStream(seed: 2)
    var pairs = Set<VerdictColors>()
    for _ in 0..<2000 { pairs.insert(.random(using: &stream)) }
    #expect(pairs.count == 16 * 15)
  }
}

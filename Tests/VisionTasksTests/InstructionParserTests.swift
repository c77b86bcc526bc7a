import Platform
import Testing
import VisionTasks

@Suite struct InstructionParserTests {
  private let parser = InstructionParser()
  private let pairs = [
    ("red", "blue"), ("orange", "green"), ("white", "black"), ("rosybrown", "aqua"),
    ("gold", "orange"),
  ].compactMap { pair in
    NamedColor(pair.0).flatMap { yes in
      NamedColor(pair.1).map { VerdictColors(positive: yes, negative: $0) }
    }
  }

  @Test(arguments: TaskKind.allCases)
  func takesEveryTemplateApart(_ task: TaskKind) throws {
    for template in InstructionTexts.of(task).all {
      let categories = task == .depth ? ["dog"] : CategoryLists.all
      for (index, category) in categories.enumerated() {
        let colors = task == .classification ? pairs[index % pairs.count] : nil
        let text = template.filled(
          category: category, positive: colors?.positive.name ?? "",
          negative: colors?.negative.name ?? "")
        let instruction = try parser.parse(text)
        #expect(instruction?.task == task, "\(text)")
        #expect(instruction?.category == (task == .depth ? nil : category), "\(text)")
        #expect(instruction?.colors == colors, "\(text)")
        #expect(instruction?.text == text)
      }
    }
  }

  /// How well a sentence is judged by its words alone, which is what unknown sentences get.
  @Test(arguments: TaskKind.allCases)
  func wordsAloneGiveTheTaskOfMostTemplates(_ task: TaskKind) {
    var (right, wrong, categories, colors, count) = (0, 0, 0, 0, 0)
    for template in InstructionTexts.of(task).all {
      for category in ["dog", "potted plant", "scissors", "wine glass"] {
        let words = InstructionWords(
          template.filled(category: category, positive: "red", negative: "blue"))
        let found = InstructionCues.task(of: words)
        count += 1
        if found == task { right += 1 } else if found != nil { wrong += 1 }
        let answer = InstructionCues.colors(in: words)
        if answer.positive?.name == "red", answer.negative?.name == "blue" { colors += 1 }
        let phrase = InstructionCues.category(in: words, avoiding: answer.places)
        if phrase == category { categories += 1 }
      }
    }
    #expect(Double(right) >= 0.85 * Double(count))
    #expect(Double(wrong) <= 0.08 * Double(count))
    if task == .segmentation || task == .detection {
      #expect(Double(categories) >= 0.8 * Double(count))
    }
    if task == .classification { #expect(Double(colors) >= 0.8 * Double(count)) }
  }

  @Test(arguments: [
    // The paper's appendix, filled in.
    ("Segment the dog.", TaskKind.segmentation, "dog"),
    ("Please break down the dog into individual parts.", .segmentation, "dog"),
    ("Can you provide me with a segment of the dog?", .segmentation, "dog"),
    ("Please divide the dog into smaller parts.", .segmentation, "dog"),
    ("Please perform image segmentation to isolate the dog in this image.", .segmentation, "dog"),
    ("Help me segment the dog.", .segmentation, "dog"),
    ("Would you be willing to segment the dog?", .segmentation, "dog"),
    ("Detect the dog", .detection, "dog"),
    ("Can you help me detect the dog?", .detection, "dog"),
    ("Please employ bounding boxes for the purpose of dog detection.", .detection, "dog"),
    ("Locate the dog's presence.", .detection, "dog"),
    ("Please use bounding boxes to identify the presence of a dog.", .detection, "dog"),
    ("Detect and identify the dog's location.", .detection, "dog"),
    ("Utilize bounding boxes in order to identify the presence of the dog.", .detection, "dog"),
    ("Estimate the depth of this image.", .depth, ""),
    ("Approximate the depth of this image.", .depth, ""),
    ("Make an estimation of how deep the this image is.", .depth, ""),
    ("Provide a rough calculation of the image's depth.", .depth, ""),
    ("Give an approximate measurement of the image's depth.", .depth, ""),
    ("Make an informed guess of the depth of the image.", .depth, ""),
    ("Make an estimation of how deep the image goes.", .depth, ""),
    // Fixed prompts of the source.
    ("segment the coffee table", .segmentation, "coffee table"),
    ("detect the fire hydrant", .detection, "fire hydrant"),
    ("Create a monocular depth map", .depth, ""),
    // Others.
    ("segment dogs", .segmentation, "dog"),
    ("SEGMENT THE RED CAR!!!", .segmentation, "RED CAR"),
    ("Please, could you segment all of the people in the background?", .segmentation, "person"),
    ("dog segmentation mask please", .segmentation, "dog"),
    ("Make me a mask for the chest of drawers", .segmentation, "chest of drawers"),
    ("Give me the silhouette of the horse.", .segmentation, "horse"),
    ("Cut the zebra out", .segmentation, "zebra"),
    ("Segment the box in the corner", .segmentation, "box"),
    ("Isolate the tree from the background", .segmentation, "tree"),
    ("Segment the cat’s outline", .segmentation, "cat"),
    ("I want a mask of every traffic light, thank you", .segmentation, "traffic light"),
    ("find all the cars", .detection, "car"),
    ("Where are the sheep?", .detection, "sheep"),
    ("Where's the remote?", .detection, "remote"),
    ("bounding boxes for buses", .detection, "bus"),
    ("Draw a box around the person on the left", .detection, "person"),
    ("Locate the wine glass.", .detection, "wine glass"),
    ("Put rectangles around all knives in the drawer", .detection, "knife"),
    ("person detection", .detection, "person"),
    ("Can you find my keyboard?", .detection, "keyboard"),
    ("Show the location of each bird with a box.", .detection, "bird"),
    ("depth", .depth, ""),
    ("depth map", .depth, ""),
    ("How far is it?", .depth, ""),
    ("what's the distance to each pixel", .depth, ""),
    ("Estimate the distance of the objects in the room", .depth, ""),
    ("Give me a depth map of the dog and the house", .depth, ""),
    ("monocular depth, please", .depth, ""),
  ])
  func understandsFreeSentences(_ text: String, _ task: TaskKind, _ category: String) throws {
    let instruction = try parser.parse(text)
    #expect(instruction?.task == task)
    #expect(instruction?.category ?? "" == category)
    #expect(instruction?.colors == nil)
  }

  @Test(arguments: [
    ("Show red if there exists a dog in the figure.", "dog", "red", "black"),
    ("Display an orange if a dog is present in the figure.", "dog", "orange", "black"),
    ("In case a dog exists in the figure, display an indigo.", "dog", "indigo", "black"),
    ("If a dog is present in the figure, indicate it with red.", "dog", "red", "black"),
    ("If there is a dog in the figure, show it as black.", "dog", "black", "white"),
    ("Show red if the figure contains a dog.", "dog", "red", "black"),
    ("Show a blue if there is a dog within the figure.", "dog", "blue", "black"),
    (
      "show red if the picture contain fire hydrant, otherwise show blue", "fire hydrant", "red",
      "blue"
    ),
    ("show purple if there exists cat, otherwise show orange", "cat", "purple", "orange"),
    ("show orange if there exists contains dog, otherwise show black", "dog", "orange", "black"),
    ("show white if contains Egyptian Mau else black", "Egyptian Mau", "white", "black"),
    ("If there's a dog, show red, otherwise display green.", "dog", "red", "green"),
    ("If dog is present, indicate red; otherwise, use green instead.", "dog", "red", "green"),
    ("Show red when dog is present, otherwise display green.", "dog", "red", "green"),
    ("In case of dog, mark red, otherwise show green.", "dog", "red", "green"),
    (
      "Display orange if the image contains an orange, else display blue", "orange", "orange",
      "blue"
    ),
    (
      "Display light blue if the image contains a red car, else dark olive green", "red car",
      "lightblue", "darkolivegreen"
    ),
    ("If there is no dog show blue, else show red", "dog", "red", "blue"),
    ("Is there a zebra? Green for yes, red for no.", "zebra", "green", "red"),
    ("Paint it gold if you see a boat and purple if you don't.", "boat", "gold", "purple"),
    ("Show #ff0000 if the image contains a dog, else #00ff00", "dog", "#ff0000", "#00ff00"),
    ("Does the picture contain a bus? Use blue for yes and white for no", "bus", "blue", "white"),
    ("Turn the image red unless there is a cat, then turn it green", "cat", "green", "red"),
  ])
  func understandsVerdicts(
    _ text: String, _ category: String, _ positive: String, _ negative: String
  ) throws {
    let instruction = try parser.parse(text)
    #expect(instruction?.task == .classification)
    #expect(instruction?.category == category)
    #expect(instruction?.colors?.positive.name == positive)
    #expect(instruction?.colors?.negative.name == negative)
  }

  @Test(arguments: [
    "Make it look like winter", "dog", "hello", "What a nice picture", "Turn the sky red",
    "Remove the rain in this image", "???", "狗在哪里", "Show me the dog", "1 2 3", "% * #",
    "Make the car blue", "Add a hat to the man",
  ])
  func isUnsureRatherThanWrong(_ text: String) throws {
    #expect(try parser.parse(text) == nil)
    do {
      _ = try parser.instruction(from: text)
      Issue.record("accepted")
    } catch let error as ReportableError {
      #expect(error.code == .usage)
      for word in ["Segment", "Detect", "depth", "Display", "--task"] {
        #expect(error.message.contains(word), "\(error)")
      }
    }
  }

  @Test func aForcedTaskIsTaken() throws {
    let shown = try parser.instruction(from: "Show me the dog", forcing: .segmentation)
    #expect(shown.task == .segmentation)
    #expect(shown.category == "dog")
    let depth = try parser.instruction(from: "Segment the dog", forcing: .depth)
    #expect(depth == Instruction(text: "Segment the dog", task: .depth))
    #expect(throws: ReportableError.self) {
      try parser.instruction(from: "Segment the dog", forcing: .classification)
    }
    let detection = try parser.instruction(from: "???", forcing: .detection)
    #expect(detection.category == nil)
  }

  @Test func oneColorTwiceIsRefused() {
    #expect(throws: ReportableError.self) {
      try parser.parse("Display cyan if the image contains a dog, else display aqua")
    }
  }

  @Test func lengthIsBounded() throws {
    for text in ["", " \n\t"] {
      #expect(throws: ReportableError.self) { try parser.parse(text) }
    }
    let word = "segment the dog "
    let longest = String(repeating: word, count: 10_000 / word.count)
    _ = try parser.parse(longest)
    #expect(throws: ReportableError.self) {
      try parser.parse(String(repeating: "x", count: 10_001))
    }
    _ = try parser.parse(String(repeating: "red ", count: 2_500).dropLast().description)
    _ = try parser.parse(String(repeating: "a ", count: 4_999) + "b")
  }
}

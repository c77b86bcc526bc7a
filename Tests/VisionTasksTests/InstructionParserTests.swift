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

  /// Things that are named by a colour, in every sentence and in colours that are their own.
  @Test(arguments: TaskKind.allCases)
  func takesTemplatesOfColoredThingsApart(_ task: TaskKind) throws {
    let categories = ["white cube", "blue ring", "black and white cat", "orange", "Russian Blue"]
    let colors = [("white", "black"), ("blue", "white"), ("orange", "blue")]
    for template in InstructionTexts.of(task).all {
      for category in task == .depth ? [] : categories {
        for (positive, negative) in task == .classification ? colors : [("", "")] {
          let text = template.filled(category: category, positive: positive, negative: negative)
          let instruction = try parser.parse(text)
          #expect(instruction?.task == task, "\(text)")
          #expect(instruction?.category == category, "\(text)")
          #expect(instruction?.colors?.positive.name ?? "" == positive, "\(text)")
          #expect(instruction?.colors?.negative.name ?? "" == negative, "\(text)")
        }
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
    // Colours describe things and answers alike.
    ("Find the blue cube on the left", .detection, "blue cube"),
    ("Find the left blue cube", .detection, "blue cube"),
    ("Draw a box around the blue sphere behind the cone", .detection, "blue sphere"),
    ("Put a blue box around every blue cylinder", .detection, "blue cylinder"),
    ("Draw a red box around the white cube", .detection, "white cube"),
    ("Draw an orange box around the dog", .detection, "dog"),
    ("bounding box for the white cube", .detection, "white cube"),
    ("Find the light blue car", .detection, "light blue car"),
    ("Where is the white light?", .detection, "white light"),
    ("Find a snow white horse", .detection, "snow white horse"),
    ("Find the white and black cows", .detection, "white and black cow"),
    ("Extract the white dog from the picture", .segmentation, "white dog"),
    ("Segment the black and white cat", .segmentation, "black and white cat"),
    ("Cut out the Russian Blue", .segmentation, "Russian Blue"),
    ("Make a black and white mask of the blue ring", .segmentation, "blue ring"),
    ("Make the white cube white and the rest black as a mask", .segmentation, "white cube"),
    ("blue cube segmentation mask please", .segmentation, "blue cube"),
    ("Segment people in white", .segmentation, "person"),
    ("Segment the person wearing a red hat", .segmentation, "person"),
    ("Segment the orange", .segmentation, "orange"),
    ("Segment the white part of the flag", .segmentation, "flag"),
    // What is said of the picture isn't the thing.
    ("Highlight the image parts corresponding to the dog.", .segmentation, "dog"),
    ("Please highlight the image segment containing dog.", .segmentation, "dog"),
    ("Highlight the region related to the dog, as a mask", .segmentation, "dog"),
    ("Identify the image area showing the boat and mask it", .segmentation, "boat"),
    ("Segment the picture's largest building", .segmentation, "largest building"),
    // What belongs to a thing is a thing, unless it is an answer.
    ("Please help me detect Woody's face.", .detection, "Woody's face"),
    ("Segment the dog’s tail", .segmentation, "dog's tail"),
    ("Detect the runner's running shoes", .detection, "runner's running shoe"),
    ("Locate the dog's exact position", .detection, "dog"),
    ("Mark the cat's whole silhouette", .segmentation, "cat"),
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

  /// Which colour is for yes, and what is no colour of the answer.
  @Test(arguments: [
    // "Else" goes with what comes after it, whatever punctuation there is.
    ("If there is a dog show green otherwise red", "dog", "green", "red"),
    ("If the image contains a dog display green else red", "dog", "green", "red"),
    ("If a red cube is present, show green otherwise show red", "red cube", "green", "red"),
    ("If there's a dog then green else red", "dog", "green", "red"),
    ("When you see a dog show blue otherwise show white", "dog", "blue", "white"),
    ("If there is a dog show green; otherwise, red", "dog", "green", "red"),
    ("If there is a dog, green; red otherwise", "dog", "green", "red"),
    ("If there is no dog show red otherwise green", "dog", "green", "red"),
    ("Unless there is a dog show red otherwise green", "dog", "green", "red"),
    (
      "Tell me if there is a blue cone by showing green, otherwise red", "blue cone", "green", "red"
    ),
    ("red otherwise, green if there is a dog", "dog", "green", "red"),
    ("Show red otherwise, but green if there is a dog", "dog", "green", "red"),
    ("Otherwise red; green if there is a dog", "dog", "green", "red"),
    ("Red for every picture with no dog, green for the others", "dog", "green", "red"),
    ("In case there is no person, colour everything teal, else pink", "person", "pink", "teal"),
    // Short answers.
    ("Is the dog present? yes=green no=red", "dog", "green", "red"),
    ("Is there a dog? no = red, yes = green", "dog", "green", "red"),
    ("Is there a dog? red for no, green for yes", "dog", "green", "red"),
    ("Does the picture contain a bus? No is white and yes is blue", "bus", "blue", "white"),
    ("Is there a traffic light? white yes black no", "traffic light", "white", "black"),
    ("if dog green, if not red", "dog", "green", "red"),
    ("Red means no dog, green means dog", "dog", "green", "red"),
    ("Use green or red to say whether there is a dog or not", "dog", "green", "red"),
    // Only what denies the presence counts as no.
    ("If a dog is nowhere to be seen, show red, else green", "dog", "green", "red"),
    ("If a dog is not visible anywhere, show red, otherwise green", "dog", "green", "red"),
    ("If the dog is missing show red, otherwise green", "dog", "green", "red"),
    ("If you fail to find a dog, show red, else show green", "dog", "green", "red"),
    ("Display red if the image contains no dog, else display blue", "dog", "blue", "red"),
    ("Show black if trains are absent, white if trains are present", "train", "white", "black"),
    ("If nobody is there show white, if a person is there show blue", "person", "blue", "white"),
    (
      "Display blue if the image contains a dog that is not sleeping, else display red", "dog",
      "blue", "red"
    ),
    ("If a dog that isn't brown isn't present, show red, else green", "dog", "green", "red"),
    ("Show green when the image contains a dog without a leash, else red", "dog", "green", "red"),
    ("Show green when the image contains a dog with no collar, else red", "dog", "green", "red"),
    ("Display green if there is a man who isn't smiling, else red", "man", "green", "red"),
    ("Show red otherwise, green if there is a dog. Do not draw text", "dog", "green", "red"),
    // Turned down colours.
    ("Show green, not red, if there is a dog", "dog", "green", "red"),
    ("Show red, not green, if there is no dog", "dog", "green", "red"),
    ("If there is a dog show green instead of red", "dog", "green", "red"),
    ("If there is a dog, don't show red but green", "dog", "green", "red"),
    // Properties and things.
    ("Display red if the image contains a person in blue", "person", "red", "black"),
    (
      "Display red if the image contains a person dressed in blue, otherwise green", "person",
      "red",
      "green"
    ),
    ("If the car is red, show green, otherwise show blue", "car", "green", "blue"),
    (
      "Show green if there is a black and white cat, else red", "black and white cat", "green",
      "red"
    ),
    ("Show white if there is a white sphere, black otherwise", "white sphere", "white", "black"),
    ("Show green if a white cube is visible, else red", "white cube", "green", "red"),
    ("If a blue cube is visible then blue else white", "blue cube", "blue", "white"),
    ("If snow is visible show green, else red", "snow", "green", "red"),
    ("If there is a Russian Blue, go red, else go gold", "Russian Blue", "red", "gold"),
    ("show gold if there is gold, else show red", "gold", "gold", "red"),
    // Both colours twice.
    (
      "Choose between red and blue. Show red if there is a dog and blue otherwise", "dog", "red",
      "blue"
    ),
  ])
  func tellsYesFromNo(
    _ text: String, _ category: String, _ positive: String, _ negative: String
  ) throws {
    try understandsVerdicts(text, category, positive, negative)
  }

  @Test(arguments: [
    "Show red otherwise green if there is a dog",
    "Show red, otherwise green if there is a dog",
    "Show green or red if there is a dog",
    "Show green if there is a dog and red if there is a dog",
    "If there is a dog in green else red",
    "Show green if there is a dog, blue if there is a cat, red otherwise",
    "Is there no dog? red for yes, green for no",
  ])
  func colorsThatCanBeReadBothWaysAreRefused(_ text: String) {
    do {
      let instruction = try parser.parse(text)
      Issue.record("understood as \(String(describing: instruction))")
    } catch let error as ReportableError {
      #expect(error.code == .usage)
      #expect(error.message.contains("stands for yes"), "\(error)")
    } catch {
      Issue.record("\(error)")
    }
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

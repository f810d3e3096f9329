// Which text is nearest to a question. Needs `npm install openai` and a key in AUROUS_API_KEY.
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: process.env.AUROUS_BASE_URL ?? "http://127.0.0.1:8000/v1",
  apiKey: process.env.AUROUS_API_KEY,
});

/** A vector of unit length. Without "float" the package asks for base64. */
async function embed(text) {
  const answer = await client.embeddings.create({
    model: "aurous-embed-text",
    input: text,
    encoding_format: "float",
  });
  return answer.data[0].embedding;
}

const texts = ["The cat sat on the mat.", "Interest rates went up again.", "A recipe for lentil soup."];
const question = await embed("What is happening in the economy?");
for (const text of texts) {
  const vector = await embed(text);
  const nearness = question.reduce((sum, number, place) => sum + number * vector[place], 0);
  console.log(`${nearness.toFixed(3)}  ${text}`);
}

"""Tagging: which listed people a text names, where, and by which rule.

text      what a reader sees of a field, with the way back to its offsets; tokens
fold      one spelling of a word for comparing; scripts romanises, sound compares by ear
inflect   endings a name may carry; names turns a person into forms; index finds them
matcher   the Tagger: mentions (a name is written out), surnames (alone), unspaced
context   what speaks for or against a surname alone: before, after, capital, titled, gender;
          bearers says who has it, evidence whether that suffices
salience  how much of a document is about a person; headlines checks the editors' tests
suggest   names worth listing
"""
